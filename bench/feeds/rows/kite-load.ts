import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createChainBook } from '../../../packages/venues/src/book/index.ts';
import { openWebSocket } from '../../../packages/venues/src/connection/index.ts';
import { createKiteVenue } from '../../../packages/venues/src/kite/index.ts';
import { createLiveSource } from '../../../packages/venues/src/live-source.ts';
import { checkSequence } from '../load/sequence-check.ts';
import { printRows } from '../print-rows.ts';

/** 20 products of 500 contracts at 20 ticks a second each, from the simulator in a process of its own. */
const [PRODUCTS, CONTRACTS, TICKS_PER_SECOND] = [20, 500, 20];
const WANTED = PRODUCTS * CONTRACTS * TICKS_PER_SECOND;
const EXPIRIES = ['2030-11-26', '2030-12-31'];
const CADENCE_MS = 1_000;
const WARM_UP_MS = 5_000; // The connections are full and the code is compiled.
const MEASURED_MS = 20_000;
const DRAIN_MS = 2_000; // What the simulator sent last is read.

const simulator = fork(fileURLToPath(new URL('../load/kite-simulator.ts', import.meta.url)), [
  ...[PRODUCTS, CONTRACTS, TICKS_PER_SECOND].map(String),
  ...EXPIRIES,
]);
const [{ url, products }] = (await once(simulator, 'message')) as [{ url: string; products: string[] }];

const check = checkSequence(
  createKiteVenue({
    apiKey: 'key',
    accessToken: { value: 'token' },
    restUrl: url,
    socketUrl: url.replace('http', 'ws'),
    // 10,020 instruments are more than the three WebSockets of Kite hold.
    limits: { connections: 4, messagesPerSecond: 1_000, burst: 100 },
  }),
);
// The clock of a session: what the book does in one is measured.
const opening = Date.parse('2026-08-04T11:00:00+05:30');
const clock = { now: () => opening + performance.now(), monotonicMs: () => performance.now() };
const source = createLiveSource(
  [{ venue: check.venue, selection: { products, expiries: 'all', strikes: 'all' } }],
  {
    clock,
    log: { event: (name, fields) => console.error(name, fields) },
    random: Math.random,
    openSocket: openWebSocket,
    createBook: (market) =>
      createChainBook(market, {
        clock,
        times: { stallMs: 30_000, frozenMs: 60_000, spotFrozenMs: 60_000, shownMs: 10_000 },
      }),
  },
  {
    cadenceMs: CADENCE_MS,
    ...{ reloadMs: 3_600_000, relistMs: 60_000, requestMs: 60_000 },
    ...{ firstRetryMs: 1_000, lastRetryMs: 10_000, closeMs: 2_000 },
  },
);
let [chains, quotes] = [0, 0];
const read = (async () => {
  for await (const item of source) {
    if (item.kind === 'rejected') throw new Error(item.reason);
    if (item.kind !== 'chain') continue;
    chains++;
    quotes += 2 * item.chain.columns.count;
  }
})();
// It rejects where it is awaited.
read.catch(() => {});
const confirmed = () => source.report().reduce((sum, report) => sum + report.confirmed, 0);
while (confirmed() < PRODUCTS * (CONTRACTS + 1)) await Promise.race([delay(100), read]);
simulator.send('start', () => {});
await delay(WARM_UP_MS);

const before = {
  ticks: check.ticks,
  lost: check.lost,
  chains,
  quotes,
  at: performance.now(),
  used: process.cpuUsage(),
};
await delay(MEASURED_MS);
const seconds = (performance.now() - before.at) / 1000;
const { user, system } = process.cpuUsage(before.used);
const after = { ticks: check.ticks, lost: check.lost, chains, quotes };

simulator.send('stop');
const [{ volumes }] = (await once(simulator, 'message')) as [{ volumes: Record<string, number> }];
await delay(DRAIN_MS);
const unread = Object.entries(volumes).filter(([token, volume]) => check.newest(Number(token)) !== volume);
await source.close();
await read;
simulator.disconnect();

// To a client that leaves much unread the simulator gives the newest quote alone, as venues do: those before are lost too.
const lost = after.lost - before.lost + unread.length;
const received = after.ticks - before.ticks - lost;
const share = (100 * (user + system)) / 1e6 / seconds;
const rate = (count: number) => count / seconds;
const load = `Kite, ${PRODUCTS} x ${CONTRACTS} contracts, WebSocket to chains`;
printRows([
  {
    what: `${load}: ticks received`,
    figure: rate(received),
    unit: 'ticks/s',
    // The ends of the measured time fall between two slices of ticks.
    goal: 0.99 * WANTED,
    is: 'at least',
    remark: `${lost} lost; 4 WebSockets`,
  },
  {
    what: `${load}: chains given each ${CADENCE_MS} ms`,
    figure: rate(after.chains - before.chains) * (CADENCE_MS / 1000),
    unit: 'chains',
    // One cadence of twenty may fall beside the measured time.
    goal: 0.95 * PRODUCTS * EXPIRIES.length,
    is: 'at least',
    remark: `${Math.round(rate(after.quotes - before.quotes) / 1000)}k quotes/s in them`,
  },
  {
    // Where the simulator is kept from its rate, what there is costs more for each tick, not less.
    what: `${load}: processor of that process for ${WANTED / 1000}k ticks/s`,
    figure: (share * WANTED) / rate(received),
    unit: '% of a core',
    goal: 60,
    is: 'at most',
    remark: `${share.toFixed(0)}% in this run`,
  },
]);
