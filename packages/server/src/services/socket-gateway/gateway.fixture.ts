import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ClientToServerEvents,
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  type ServerToClientEvents,
  type SubscriptionAnswer,
} from '@deltastream/contracts';
import { io as connect, type Socket } from 'socket.io-client';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import { systemClock } from '../../ports/clock.ts';
import type { SocketGatewayConfig } from './config.ts';
import { enrichedChain, enrichedTick } from './enriched.fixture.ts';
import { createSocketGateway, type SocketGatewayPorts } from './service.ts';

export type Client = Socket<ServerToClientEvents, ClientToServerEvents>;

/** Real gateways on real servers with real clients for tests; `closeAll` after each. */
export function createGatewayHarness(openBus: () => Bus) {
  const closers: (() => unknown)[] = [];

  async function startGateway(
    config: Partial<SocketGatewayConfig> = {},
    servers = 1,
    ports: Partial<SocketGatewayPorts> = {},
  ) {
    const bus = openBus();
    const gateway = createSocketGateway({ bus, clock: systemClock, logger: silentLogger, ...ports }, config);
    const https = Array.from({ length: servers }, () =>
      createServer((_request, response) => response.writeHead(404).end()),
    );
    for (const http of https) gateway.attach(http);
    await gateway.start();
    const urls = await Promise.all(
      https.map(async (http) => {
        await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
        return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
      }),
    );
    closers.push(async () => {
      await gateway.stop();
      await Promise.all(https.map((http) => new Promise((resolve) => http.close(resolve))));
      await bus.close();
    });
    const tick = (product: string, seq: number, given = {}) =>
      bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(enrichedTick(product, seq, given)));
    const chain = (product: string, expiry: string, seq: number, strikes = 3) =>
      bus.publish(
        ENRICHED_CHAINS.name,
        ENRICHED_CHAINS.frames.encode(enrichedChain(product, expiry, seq, {}, strikes)),
      );
    const metric = async (name: string, labels: Readonly<Record<string, string>> = {}) => {
      const found = await gateway.metrics.getSingleMetric(`deltastream_socket_gateway_${name}`)?.get();
      const wanted = Object.entries(labels);
      const values = found?.values.filter((each) =>
        wanted.every(([label, value]) => (each.labels as Record<string, unknown>)[label] === value),
      );
      return values?.reduce((sum, { value }) => sum + value, 0) ?? Number.NaN;
    };
    return { bus, gateway, servers: https, url: urls[0], urls, tick, chain, metric };
  }

  async function join(url: string, options = {}): Promise<Client> {
    const client: Client = connect(url, { transports: ['websocket'], forceNew: true, ...options });
    closers.push(() => client.close());
    await new Promise<void>((resolve, reject) => {
      client.once('connected', () => resolve());
      client.once('connect_error', reject);
    });
    return client;
  }

  async function closeAll(): Promise<void> {
    for (const close of closers.splice(0).reverse()) await close();
  }

  return { startGateway, join, closeAll };
}

/** Subscribes with whatever is given, valid or not. */
export const ask = (client: Client, request: unknown): Promise<SubscriptionAnswer> =>
  client.timeout(2000).emitWithAck('subscribe', request as never);

type RoomEvent = Exclude<
  keyof ServerToClientEvents,
  'connected' | 'subscribed' | 'unsubscribed' | 'products' | 'pong' | 'error'
>;

/** Everything the client hears of an event from now on. */
export function heard<E extends RoomEvent>(
  client: Client,
  event: E,
): Parameters<ServerToClientEvents[E]>[0][] {
  const seen: Parameters<ServerToClientEvents[E]>[0][] = [];
  client.on(event, ((update: Parameters<ServerToClientEvents[E]>[0]) => seen.push(update)) as never);
  return seen;
}
