import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../measure/statistics.ts';
import { SETTLE_MS, WARM_UP_MS } from './many-clients.ts';
import { chains, products, roomsOf } from './many-rooms.ts';
import { clientsBehind, startAuth, startLoad, startServer, total } from './processes.ts';
import type { AuthReady } from './protocol.ts';
import { subscriptionTo } from './servers/server-gateway.ts';

export interface Storm {
  readonly connected: number;
  /** Of two subscriptions each. */
  readonly resumed: number;
  readonly gaps: number;
  /** Rooms of clients that are not at the last update in the end. */
  readonly behind: number;
  readonly p50Seconds: number;
  readonly lastSeconds: number;
  /** Tokens that the auth service checked meanwhile: how many, how many of them failed, and how long it took. */
  readonly checks: number;
  readonly failedChecks: number;
  readonly checkP99Ms: number;
}

const CHECK_EVERY_MS = 20;

/**
 * The socket gateway with tokens required, and the auth service that issued one for each client. All clients
 * follow a price and the deltas of a chain, are broken off at once while the market goes on, and resume.
 */
export async function measureStorm(clients: number): Promise<Storm> {
  const auth = await startAuth(clients);
  const server = await startServer({ kind: 'gateway', rooms: [products, chains], authUrl: auth.url });
  await server.ask('publish');
  const subscriptions = Array.from({ length: clients }, (_, i) =>
    roomsOf(i).map((room) => subscriptionTo(room, room.startsWith('chain:') ? 'delta' : 'full')),
  );
  const load = await startLoad(server.url, subscriptions, auth.tokens);
  await load.ask('connect');
  await sleep(WARM_UP_MS);

  const checking = checkTokens(auth);
  const times = (await load.ask('reconnect')).flat().sort((a, b) => a - b);
  const checks = await checking.stop();
  await sleep(WARM_UP_MS);
  await server.ask('quiet');
  await sleep(SETTLE_MS);
  const reports = await load.ask('report');
  const behind = clientsBehind(reports, await server.ask('count'));

  await load.close();
  await server.close();
  await auth.close();
  return {
    connected: total(reports, (report) => report.connected),
    resumed: total(reports, (report) => report.resumed),
    gaps: total(reports, (report) => report.gaps),
    behind,
    p50Seconds: times[Math.floor(times.length / 2)] / 1000,
    lastSeconds: times[times.length - 1] / 1000,
    ...checks,
  };
}

function checkTokens({ url, tokens }: AuthReady) {
  const millis: number[] = [];
  let failedChecks = 0;
  let stopped = false;
  const work = (async () => {
    for (let i = 0; !stopped; i++) {
      const begun = performance.now();
      const response = await fetch(`${url}/api/auth/me`, {
        headers: { authorization: `Bearer ${tokens[i % tokens.length]}` },
        signal: AbortSignal.timeout(5_000),
      }).catch(() => null);
      millis.push(performance.now() - begun);
      await response?.arrayBuffer();
      if (!response?.ok) failedChecks += 1;
      await sleep(CHECK_EVERY_MS);
    }
  })();
  return {
    async stop() {
      stopped = true;
      await work;
      return { checks: millis.length, failedChecks, checkP99Ms: quantile(millis, 0.99) };
    },
  };
}
