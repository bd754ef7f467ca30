import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PriceUpdate } from '@deltastream/contracts';
import { MongoClient } from 'mongodb';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { quantile } from '../bench/statistics.ts';
import { haveOwnMongo, startOwnMongoServer } from '../packages/server/src/testing/mongo-server.ts';
import { type PlatformProcess, startPlatform, temporaryFolder } from './support/platform-process.ts';

/** How long the database is away; the platform must not mind, however long. */
const AWAY_SECONDS = Number(process.env.DELTASTREAM_AWAY_SECONDS ?? 10);
const BEFORE_SECONDS = Math.max(10, AWAY_SECONDS / 2);
const PRODUCTS = ['NIFTY', 'BANKNIFTY', 'SENSEX', 'BTC'];
const TICKS_PER_SECOND = 10;
const DATABASE = 'deltastream_synthetic';
/** Beyond what is measured before: the backlog itself, and what the runtime needs for it. */
const MAX_GROWTH_BYTES = 256 * 1024 * 1024;

interface Seen {
  /** "ticks NIFTY": messages of one numbering. */
  readonly series: string;
  readonly epoch: string;
  readonly seq: number;
}

const memoryOf = (pid: number): number => {
  const kibibytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
};

/** Follows every price; answers how late each came, and stops when told. */
async function follow(platform: PlatformProcess) {
  const socket = io(platform.url, { transports: ['websocket'] });
  let delays: number[] = [];
  const lastSeq = new Map<string, number>();
  socket.on('price_update', ({ product, seq, timestamp }: PriceUpdate) => {
    delays.push(Date.now() - Date.parse(timestamp));
    lastSeq.set(product, seq);
  });
  for (const symbol of PRODUCTS) await socket.emitWithAck('subscribe', { type: 'product', symbol });
  return {
    /** The last price that came of each product. */
    lastSeq,
    take: () => {
      const taken = delays;
      delays = [];
      return taken;
    },
    close: () => socket.close(),
  };
}

/** Everything stored, by the documents themselves. */
async function stored(url: string): Promise<Seen[]> {
  const client = await MongoClient.connect(url);
  const db = client.db(DATABASE);
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  const seen: Seen[] = [];
  for (const name of names.filter((each) => /^(snapshots|ticks)_/.test(each))) {
    const projection = { _id: 0, product: 1, epoch: 1, seq: 1 };
    for (const { product, epoch, seq } of await db.collection(name).find({}, { projection }).toArray()) {
      seen.push({ series: `${name.split('_')[0]} ${product}`, epoch, seq });
    }
  }
  await client.close();
  return seen;
}

describe.runIf(haveOwnMongo)('the database away', () => {
  const timeout = (BEFORE_SECONDS * 2 + AWAY_SECONDS + 120) * 1000;
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
      prices.take();
      await sleep(BEFORE_SECONDS * 1000);
      const before = prices.take();
      const memoryBefore = memoryOf(platform.pid);

      await server.kill();
      let mostMemory = 0;
      let sawNotReady = false;
      for (let second = 0; second < AWAY_SECONDS; second++) {
        await sleep(1000);
        mostMemory = Math.max(mostMemory, memoryOf(platform.pid));
        sawNotReady ||= !(await ready());
      }
      const during = prices.take();

      await server.start();
      const back = performance.now();
      await expect.poll(ready, { timeout: 60_000, interval: 200 }).toBe(true);
      const readyAfter = performance.now() - back;
      prices.close();
      // Stopping drains what is on the bus into the store.
      expect(await platform.stop()).toBe(0);

      const messages = await stored(server.url);
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
      const p99 = [before, during].map((delays) => quantile(delays, 0.99));
      process.stdout.write(
        `database away ${AWAY_SECONDS} s: prices p50 ${quantile(before, 0.5)} ms, p99 ${p99[0]} ms before (${before.length}), ` +
          `p50 ${quantile(during, 0.5)} ms, p99 ${p99[1]} ms during (${during.length}); memory ${mebibytes(memoryBefore)} before, ` +
          `${mebibytes(mostMemory)} at most; ready ${Math.round(readyAfter)} ms after it was back; ` +
          `${messages.length} messages stored, ${gaps.length} lost or doubled.\n`,
      );
      expect(gaps).toEqual([]);
      expect(series.size).toBe(2 * PRODUCTS.length);
      expect(sawNotReady).toBe(true);
      expect(during.length / AWAY_SECONDS).toBeGreaterThan(0.9 * (before.length / BEFORE_SECONDS));
      // A price that waited for the database would be seconds late; the exact figure is the one printed.
      expect(p99[1]).toBeLessThan(1000);
      expect(mostMemory - memoryBefore).toBeLessThan(MAX_GROWTH_BYTES);
    } finally {
      platform.kill('SIGKILL');
      await platform.exited();
      await server.stop();
      folder.remove();
    }
  });
});

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`;
