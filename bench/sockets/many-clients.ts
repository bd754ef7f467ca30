import { setTimeout as sleep } from 'node:timers/promises';
import { latencyQuantile } from './load/latency-histogram.ts';
import { chains, products, roomsOf } from './many-rooms.ts';
import { clientsBehind, startLoad, startServer, total } from './processes.ts';
import type { Memory, ServerKind } from './protocol.ts';

export interface ManyClients {
  readonly connections: number;
  /** Kilobytes of the server process for each connection: resident, and live after a collection. */
  readonly rssKilobytes: number;
  readonly liveKilobytes: number;
}

export interface Streamed {
  readonly updatesPerSecond: number;
  readonly updatesPerWrite: number;
  readonly serverCores: number;
  readonly clientCores: number;
  /** Milliseconds from the flush of a room to the client, and from the newest update in it. */
  readonly sinceFlush: { readonly p50: number; readonly p99: number; readonly p999: number };
  readonly sinceUpdate: { readonly p50: number; readonly p99: number };
  /** Flushes missed by slow clients, clients cut, connections lost, updates out of order, clients not up to date. */
  readonly missed: number;
  readonly cut: number;
  readonly closed: number;
  readonly backwards: number;
  readonly behind: number;
}

export interface Reconnected {
  readonly connected: number;
  readonly behind: number;
  readonly p50Seconds: number;
  readonly lastSeconds: number;
}

export const WARM_UP_MS = 3_000;
/** Time for the last flush to arrive. */
export const SETTLE_MS = 2_000;

/** Connects the clients, each in a product room and in a chain room; `seconds` 0 leaves it at that. */
export async function measureManyClients(
  kind: Exclude<ServerKind, 'gateway'>,
  clients: number,
  seconds: number,
): Promise<{ idle: ManyClients; streamed: Streamed | null; reconnected: Reconnected | null }> {
  const server = await startServer({ kind, rooms: [products, chains] });
  const empty = await server.ask('memory');
  const subscriptions = Array.from({ length: clients }, (_, i) => [JSON.stringify(['join', roomsOf(i)])]);
  const load = await startLoad(server.url, subscriptions);
  await load.ask('connect');
  const idle = perConnection(empty, await server.ask('memory'), clients);

  async function stream(): Promise<Streamed> {
    await server.ask('publish');
    await sleep(WARM_UP_MS);
    await load.ask('measure');
    const before = await server.ask('count');
    const begun = performance.now();
    await sleep(seconds * 1000);
    const after = await server.ask('count');
    const elapsedMs = performance.now() - begun;
    // Before the quiet: the last update of a room that falls silent waits for the end of its interval.
    const reports = await load.ask('report');
    await server.ask('quiet');
    await sleep(SETTLE_MS);
    const settled = await load.ask('report');
    const final = await server.ask('count');
    const sinceFlush = reports.map((report) => report.sinceFlush);
    const sinceUpdate = reports.map((report) => report.sinceUpdate);
    return {
      updatesPerSecond: ((after.deliveries - before.deliveries) / elapsedMs) * 1000,
      updatesPerWrite: (after.deliveries - before.deliveries) / (after.writes - before.writes),
      serverCores: (after.cpuMicroseconds - before.cpuMicroseconds) / 1000 / elapsedMs,
      clientCores: total(reports, (report) => report.cpuMicroseconds) / 1000 / elapsedMs,
      sinceFlush: {
        p50: latencyQuantile(sinceFlush, 0.5),
        p99: latencyQuantile(sinceFlush, 0.99),
        p999: latencyQuantile(sinceFlush, 0.999),
      },
      sinceUpdate: { p50: latencyQuantile(sinceUpdate, 0.5), p99: latencyQuantile(sinceUpdate, 0.99) },
      missed: final.missed,
      cut: final.cut,
      closed: total(settled, (report) => report.closed),
      backwards: total(settled, (report) => report.backwards),
      behind: clientsBehind(settled, final),
    };
  }

  async function reconnect(): Promise<Reconnected> {
    const times = (await load.ask('reconnect')).flat().sort((a, b) => a - b);
    await server.ask('publish');
    await sleep(WARM_UP_MS);
    await server.ask('quiet');
    await sleep(SETTLE_MS);
    const reports = await load.ask('report');
    return {
      connected: total(reports, (report) => report.connected),
      behind: clientsBehind(reports, await server.ask('count')),
      p50Seconds: times[Math.floor(times.length / 2)] / 1000,
      lastSeconds: times[times.length - 1] / 1000,
    };
  }

  const streamed = seconds > 0 ? await stream() : null;
  const reconnected = seconds > 0 ? await reconnect() : null;
  await load.close();
  await server.close();
  return { idle, streamed, reconnected };
}

function perConnection(empty: Memory, full: Memory, connections: number): ManyClients {
  return {
    connections,
    rssKilobytes: (full.rss - empty.rss) / 1024 / connections,
    liveKilobytes: (full.live - empty.live) / 1024 / connections,
  };
}
