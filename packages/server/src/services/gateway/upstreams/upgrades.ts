import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { takeUpgrade, upgradeOf } from '../../../kit/http/connections/routed-upgrades.ts';
import type { GatewaySettings } from '../settings.ts';
import { callerOf, headersToCaller, headersToUpstream } from './send-on.ts';
import type { Upstream } from './upstream.ts';

/** Connections that became WebSockets of a service elsewhere. */
export interface Upgrades {
  /** Counts the pair, lets bytes through both ways, and ends both when one ends or falls silent. */
  join(client: Duplex, service: Duplex): void;
  isFull(): boolean;
  count(): number;
  stop(): void;
}

export function createUpgrades({
  maxUpgrades,
  upgradeIdleMs,
}: Pick<GatewaySettings, 'maxUpgrades' | 'upgradeIdleMs'>): Upgrades {
  const joined = new Set<Duplex>();
  return {
    join(client, service) {
      for (const [one, other] of [
        [client, service],
        [service, client],
      ]) {
        joined.add(one);
        (one as Socket).setTimeout(upgradeIdleMs, () => one.destroy());
        (one as Socket).setNoDelay(true);
        one.on('error', () => one.destroy());
        one.on('close', () => {
          joined.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    },
    isFull: () => joined.size >= 2 * maxUpgrades,
    count: () => joined.size / 2,
    stop() {
      for (const each of joined) each.destroy();
    },
  };
}

/** Makes the same upgrade at the service and joins both ends; what it says instead is passed to the caller. */
export async function passUpgrade(
  request: FastifyRequest,
  reply: FastifyReply,
  { upstream, upgrades }: { upstream: Upstream; upgrades: Upgrades },
): Promise<FastifyReply> {
  if (upgradeOf(request.raw) === undefined || upgrades.isFull()) {
    throw new DeltaStreamError('unavailable', 'too many connections', { retryAfterSeconds: 5 });
  }
  const { response, socket: service, head } = await upstream.run(() => handshake(request, upstream.url));
  if (service === null) {
    const { statusCode = 502, headers } = response;
    return reply
      .code(statusCode)
      .headers(headersToCaller(headers, { cookies: false }))
      .send(response);
  }
  const waiting = takeUpgrade(request.raw, reply);
  if (waiting === undefined) throw new DeltaStreamError('unavailable', 'the connection was taken already');
  const { socket: client } = waiting;
  const lines = Object.entries(headersToCaller(response.headers, { cookies: false, upgrade: true })).map(
    ([name, value]) => `${name}: ${value}`,
  );
  client.write(
    ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: websocket', ...lines, '', ''].join(
      '\r\n',
    ),
  );
  if (head.length > 0) client.write(head);
  if (waiting.head.length > 0) service.write(waiting.head);
  upgrades.join(client, service);
  return reply;
}

interface Handshake {
  readonly response: IncomingMessage;
  /** Null when the service answered something else. */
  readonly socket: Duplex | null;
  readonly head: Buffer;
}

/** As long as a read of market data may take: the socket gateway says yes or no without waiting for anything. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

function handshake(request: FastifyRequest, url: string): Promise<Handshake> {
  const target = new URL(url);
  const send = target.protocol === 'https:' ? requestHttps : requestHttp;
  const headers = {
    ...headersToUpstream(request.headers, callerOf(request), { cookies: false, upgrade: true }),
    connection: 'Upgrade',
    upgrade: 'websocket',
  };
  return new Promise((resolve, reject) => {
    const outgoing = send(target, {
      path: request.raw.url,
      headers,
      agent: false,
      timeout: HANDSHAKE_TIMEOUT_MS,
    });
    outgoing.on('upgrade', (response, socket, head) => resolve({ response, socket, head }));
    outgoing.on('response', (response) => resolve({ response, socket: null, head: Buffer.alloc(0) }));
    outgoing.on('timeout', () => outgoing.destroy(new Error('no response to the handshake in time')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
