import { setTimeout as sleep } from 'node:timers/promises';
import { latencyQuantile } from './load/latency-histogram.ts';
import { startLoad, startServer, total } from './processes.ts';
import { subscriptionTo } from './servers/server-gateway.ts';

const CHAIN = 'chain:P0';
const WARM_UP_MS = 2_000;

/** Bytes a second that one client of a chain receives from the socket gateway at 4 Hz. */
export async function measureChainBytes(mode: 'full' | 'delta', seconds: number): Promise<number> {
  const rooms = [{ groups: [[CHAIN]], perSecond: 10, intervalMs: 250, bytes: 0 }];
  const server = await startServer({ kind: 'gateway', rooms });
  const load = await startLoad(server.url, [[subscriptionTo(CHAIN, mode)]]);
  await server.ask('publish');
  await load.ask('connect');
  await sleep(WARM_UP_MS);
  await load.ask('measure');
  await sleep(seconds * 1000);
  const bytes = total(await load.ask('report'), (report) => report.bytes);
  await load.close();
  await server.close();
  return bytes / seconds;
}

export interface GatewayPrices {
  readonly updatesPerSecond: number;
  readonly microseconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly closed: number;
}

/** Prices of 20 products at 10 ticks a second through the socket gateway, each client in one room. */
export async function measureGatewayPrices(clients: number, seconds: number): Promise<GatewayPrices> {
  const names = Array.from({ length: 20 }, (_, i) => `product:P${i}`);
  const rooms = [{ groups: names.map((name) => [name]), perSecond: 10, intervalMs: 100, bytes: 0 }];
  const server = await startServer({ kind: 'gateway', rooms });
  const subscriptions = Array.from({ length: clients }, (_, i) => [
    subscriptionTo(names[i % names.length], 'full'),
  ]);
  const load = await startLoad(server.url, subscriptions);
  await load.ask('connect');
  await server.ask('publish');
  await sleep(WARM_UP_MS);
  await load.ask('measure');
  const before = await server.ask('count');
  await sleep(seconds * 1000);
  const after = await server.ask('count');
  await server.ask('quiet');
  const reports = await load.ask('report');
  const sinceUpdate = reports.map((report) => report.sinceUpdate);
  await load.close();
  await server.close();
  const deliveries = after.deliveries - before.deliveries;
  return {
    updatesPerSecond: deliveries / seconds,
    microseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / deliveries,
    p50: latencyQuantile(sinceUpdate, 0.5),
    p99: latencyQuantile(sinceUpdate, 0.99),
    closed: total(reports, (report) => report.closed),
  };
}
