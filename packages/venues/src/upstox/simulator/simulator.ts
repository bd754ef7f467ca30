import { randomUUID } from 'node:crypto';
import type { Exchange } from '@deltastream/reference';
import type {
  SimulatedMarket,
  SimulatedRequest,
  SimulatedResponse,
  Simulator,
} from '../../simulators/index.ts';
import { startVenueServer } from '../../simulators/index.ts';
import { SOCKETS } from '../limits.ts';
import { createSimulatedConversation } from './simulated-conversation.ts';
import { listFile } from './simulated-list.ts';

export interface UpstoxSimulatorOptions {
  /** The only token that is accepted. */
  readonly accessToken: string;
  readonly plan?: keyof typeof SOCKETS;
  /** A free one by default. */
  readonly port?: number;
  /** Changes are sent so often, ms; 0, the default: as soon as they are made. */
  readonly cadenceMs?: number;
}

const AUTHORIZE = '/v3/feed/market-data-feed/authorize';
const FEED = '/v3/feed/market-data-feed';
const SOCKET = '/market-data-feeder/v3/upstox-developer-api/feeds';
const LIST = /^\/market-quote\/instruments\/exchange\/(NSE|BSE)\.json\.gz$/;
/** Addresses that were given out and not used; further ones end the oldest. */
const MOST_CODES = 64;

/**
 * Upstox's servers on this machine: the instrument lists, the authorization and the feed. A socket is opened with an address
 * that is good once, or by a redirect to one; there are as many as the plan allows. The ids of the market are those of
 * `upstoxIds`.
 */
export async function createUpstoxSimulator(
  market: SimulatedMarket,
  { accessToken, plan = 'basic', port, cadenceMs }: UpstoxSimulatorOptions,
): Promise<Simulator> {
  const codes = new Set<string>();
  let sockets = 0;

  const isAllowed = ({ headers, tokenExpired }: SimulatedRequest) =>
    !tokenExpired && headers.authorization === `Bearer ${accessToken}`;

  function socketAddress({ url }: SimulatedRequest): string {
    const code = randomUUID();
    codes.add(code);
    const [oldest] = codes;
    if (codes.size > MOST_CODES) codes.delete(oldest);
    return `ws://${url.host}${SOCKET}?requestId=${randomUUID()}&code=${code}`;
  }

  return await startVenueServer({
    market,
    port,
    cadenceMs,
    limits: { instrumentsPerMessage: 500, instrumentsPerConnection: 1500 },
    venue: {
      respond(request) {
        const { pathname } = request.url;
        const [, exchange] = LIST.exec(pathname) ?? [];
        if (exchange !== undefined) {
          const body = listFile(request.market.list, exchange as Exchange);
          return { status: 200, headers: { 'content-type': 'application/gzip' }, body };
        }
        if (pathname !== AUTHORIZE) return failure(404, 'UDAPI100060', 'Resource not Found');
        if (!isAllowed(request)) return refused();
        const data = { authorized_redirect_uri: socketAddress(request) };
        return json(200, { status: 'success', data });
      },
      connect(request) {
        const { pathname, searchParams } = request.url;
        if (pathname === FEED) {
          if (!isAllowed(request)) return refused();
          return { status: 302, headers: { location: socketAddress(request) } };
        }
        if (pathname !== SOCKET) return failure(404, 'UDAPI100060', 'Resource not Found');
        if (request.tokenExpired || !codes.delete(searchParams.get('code') ?? '')) return refused();
        if (sockets >= SOCKETS[plan]) return failure(429, 'UDAPI10005', 'Too Many Connections');
        return (peer) => {
          sockets++;
          return createSimulatedConversation(peer, () => sockets--);
        };
      },
    },
  });
}

const json = (status: number, content: object): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
});

const failure = (status: number, errorCode: string, text: string): SimulatedResponse =>
  json(status, { status: 'error', errors: [{ errorCode, message: text }] });

const refused = () => failure(401, 'UDAPI100050', 'Invalid token used to access API');
