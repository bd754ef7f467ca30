import { setTimeout as sleep } from 'node:timers/promises';
import type { PriceUpdate } from '@deltastream/contracts';
import { MongoClient } from 'mongodb';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { median, quantile } from '../../bench/measure/statistics.ts';
import { haveOwnMongo, startOwnMongoServer } from '../../packages/server/src/testing/servers/mongo-server.ts';
import { longestBesideMs, longestMs } from '../support/meters/promised-times.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { mebibytes, memoryOf } from '../support/platform/process-memory.ts';

/** How long the database is away; the platform must not mind, however long. */
const AWAY_SECONDS = Number(process.env.DELTASTREAM_AWAY_SECONDS ?? 10);
/** As long before it goes and after it is back: what drifts in a machine drifts on both sides. */
const BESIDE_SECONDS = Math.max(8, AWAY_SECONDS / 2);
const PRODUCTS = ['NIFTY', 'BANKNIFTY', 'SENSEX', 'BTC'];
const TICKS_PER_SECOND = 10;
const DATABASE = 'deltastream_synthetic';
/** Beyond what is measured before: the backlog itself, and what the runtime needs for it. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;
const READY_MS = 60_000;
/** The backlog of the outage, with a database that starts. */
const DRAINED_MS = 30_000;

interface Seen {
  /** "ticks NIFTY": messages of one numbering. */
  readonly series: string;
  readonly epoch: string;
  readonly seq: number;
}

/** How late the prices of one second came. */
interface Second {
  readonly perSecond: number;
  readonly p99: number;
}

/** Follows every price, and stops when told. */
async function follow(platform: PlatformProcess) {
  const socket = io(platform.url, { transports: ['websocket'] });
  let delays: number[] = [];
  const lastSeq = new Map<string, number>();
  socket.on('price_update', ({ product, seq, timestamp }: PriceUpdate) => {
    delays.push(Date.now() - Date.parse(timestamp));
    lastSeq.set(product, seq);
  });
  for (const symbol of PRODUCTS)
    await socket.emitWithAck('subscribe', { type: 'product', symbol, interval_ms: 0 });
  return {
    /** The last price that came of each product. */
    lastSeq,
    /** The next seconds, one by one; `meanwhile` runs after each. */
    async watch(seconds: number, meanwhile: () => unknown = () => undefined): Promise<Second[]> {
      const watched: Second[] = [];
      delays = [];
      let begun = performance.now();
      while (watched.length < seconds) {
        await sleep(1000);
        const elapsed = (performance.now() - begun) / 1000;
        begun += elapsed * 1000;
        watched.push({ perSecond: delays.length / elapsed, p99: quantile([0, ...delays], 0.99) });
        delays = [];
        await meanwhile();
      }
      return watched;
    },
    close: () => socket.close(),
  };
}

/** What is stored of some kinds, by the documents themselves. */
async function stored(url: string, kinds: RegExp): Promise<Seen[]> {
  const client = await MongoClient.connect(url);
  const db = client.db(DATABASE);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const seen: Seen[] = [];
  for (const name of names.filter((each) => kinds.test(each))) {
    const projection = { _id: 0, product: 1, epoch: 1, seq: 1 };
    for (const { product, epoch, seq } of await db.collection(name).find({}, { projection }).toArray()) {
      seen.push({ series: `${name.split('_')[0]} ${product}`, epoch, seq });
    }
  }
  await client.close();
  return seen;
}

describe.runIf(haveOwnMongo)('the database away', () => {
  const timeout = (BESIDE_SECONDS * 2 + AWAY_SECONDS + 600) * 1000;
  it(`for ${AWAY_SECONDS} s: prices go on, memory is bounded, and nothing is lost`, { timeout }, async () => {
    const server = await startOwnMongoServer();
    const folder = temporaryFolder();
    const platform = await startPlatform([
      ...['--data', folder.path, '--store', server.url, '--users', server.url],
      ...['--products', PRODUCTS.join(','), '--ticks-per-second', String(TICKS_PER_SECOND)],
    ]);
    const ready = async () => (await fetch(`${platform.url}/readyz`)).status === 200;
    try {
      const prices = await follow(platform);
      await sleep(3000);
      const before = await prices.watch(BESIDE_SECONDS);
      const memoryBefore = memoryOf(platform.pid);

      await server.kill();
      let mostMemory = 0;
      let sawNotReady = false;
      const during = await prices.watch(AWAY_SECONDS, async () => {
        mostMemory = Math.max(mostMemory, memoryOf(platform.pid));
        sawNotReady ||= !(await ready());
      });

      await server.start();
      const back = performance.now();
      await expect.poll(ready, { timeout: longestMs(READY_MS), interval: 200 }).toBe(true);
      const readyAfter = performance.now() - back;
      await sleep(2000);
      const after = await prices.watch(BESIDE_SECONDS);
      prices.close();
      // A stop drains the bus for a while only; a database that is slow to catch up is waited for. It is asked for ticks
      // alone and seldom: this server reads all of a collection for each question, and is to catch up meanwhile.
      const unstored = async () => {
        const kept = new Set(
          (await stored(server.url, /^ticks_/)).map(({ series, seq }) => `${series} ${seq}`),
        );
        return [...prices.lastSeq].filter(([product, seq]) => !kept.has(`ticks ${product} ${seq}`));
      };
      await expect.poll(unstored, { timeout: longestMs(DRAINED_MS), interval: 3_000 }).toEqual([]);
      expect(await platform.stop()).toBe(0);

      const messages = await stored(server.url, /^(snapshots|ticks)_/);
      const gaps: string[] = [];
      const series = Map.groupBy(messages, (each) => each.series);
      for (const [name, of] of series) {
        expect(new Set(of.map(({ epoch }) => epoch)).size).toBe(1);
        const shown = prices.lastSeq.get(name.replace('ticks ', '')) ?? 0;
        const seqs = of.map(({ seq }) => seq).sort((a, b) => a - b);
        if (seqs[seqs.length - 1] < shown) gaps.push(`${name}: ends before ${shown}`);
        for (const [i, seq] of seqs.entries()) {
          if (seq !== (seqs[i - 1] ?? 0) + 1) gaps.push(`${name}: ${seq} after ${seqs[i - 1] ?? 0}`);
        }
      }
      const usual = median([...before, ...after].map(({ p99 }) => p99));
      const away = median(during.map(({ p99 }) => p99));
      const rate = (seconds: readonly Second[]) => median(seconds.map(({ perSecond }) => perSecond));
      process.stdout.write(
        `database away ${AWAY_SECONDS} s: p99 of prices ${usual} ms before and after, ${away} ms while away (medians of seconds); ` +
          `${rate(during).toFixed(0)} prices/s while away, ${rate(before).toFixed(0)} before; memory ${mebibytes(memoryBefore)} before, ` +
          `${mebibytes(mostMemory)} at most; ready ${Math.round(readyAfter)} ms after it was back; ` +
          `${messages.length} messages stored, ${gaps.length} lost or doubled.\n`,
      );
      expect(gaps).toEqual([]);
      expect(series.size).toBe(2 * PRODUCTS.length);
      expect(sawNotReady).toBe(true);
      expect(rate(during)).toBeGreaterThan(0.5 * rate(before));
      expect(away).toBeLessThan(longestBesideMs(usual));
      expect(mostMemory - memoryBefore).toBeLessThan(MAX_GROWTH_BYTES);
    } finally {
      platform.kill('SIGKILL');
      await platform.exited();
      await server.stop();
      folder.remove();
    }
  });
});
