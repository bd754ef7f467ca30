import type { FastifyRequest } from 'fastify';
import { networkOf } from '../../../kit/access/addresses.ts';

/** Where a request comes from, as far as the service looks at it. */
export interface ClientInfo {
  readonly ip: string;
  readonly network: string;
  /** What the client calls itself. */
  readonly device: string;
  /** The mark that an earlier login left in the browser. */
  readonly deviceMark: string | null;
}

export const DEVICE_COOKIE = 'ds_device';
/** Room for the name and version of every usual browser; shown among the sessions of an account. */
const MAX_DEVICE = 200;

/** `request.ip` is the peer's address unless the application was told which proxies to believe. */
export function clientOf(request: FastifyRequest): ClientInfo {
  const device = (request.headers['user-agent'] ?? '').replace(/\p{C}/gu, '').slice(0, MAX_DEVICE);
  const mark = new RegExp(`(?:^|; *)${DEVICE_COOKIE}=([\\w.-]{1,100})`).exec(request.headers.cookie ?? '');
  return { ip: request.ip, network: networkOf(request.ip), device, deviceMark: mark?.[1] ?? null };
}
