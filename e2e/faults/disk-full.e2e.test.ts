import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PriceUpdate } from '@deltastream/contracts';
import { io } from 'socket.io-client';
import { afterAll, describe, expect, it } from 'vitest';
import { quantile } from '../../bench/measure/statistics.ts';
import { nameOf } from '../support/market/market-traffic.ts';
import { compareStored, readStoredMarket } from '../support/market/stored-market.ts';
import { metricSum } from '../support/meters/metrics.ts';
import { longestMs } from '../support/meters/promised-times.ts';
import { STOPPED_MS, startPlatform } from '../support/platform/platform-process.ts';
import { mountSmallDisk } from '../support/platform/small-disk.ts';

const PRODUCTS = ['NIFTY', 'BTC'];
const TICKS_PER_SECOND = 20;
const MARKET = ['--products', PRODUCTS.join(','), '--ticks-per-second', String(TICKS_PER_SECOND)];
const FULL_MS = 4000;
const MAX_NOTICE_MS = 5000;
/** The longest wait between two tries to store. */
const MAX_HEAL_MS = 10_000;

/** In CI a disk that cannot be mounted is a failure; at a desk the suite says that it is skipped. */
const disk = mountSmallDisk(16);
const runs = disk !== null || process.env.CI !== undefined;
if (!runs) process.stdout.write('Skipped: full disk (mounting a tmpfs is not permitted to this user).\n');

/** What SQLite says of every database of a folder. */
function integrityOf(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.db'),
  );
  return files.map((name) => {
    const database = new DatabaseSync(join(folder, name), { readOnly: true });
    const response = database.prepare('PRAGMA integrity_check').get()?.integrity_check;
    database.close();
    return `${name} ${String(response)}`;
  });
}

describe.runIf(runs)('the disk of the embedded store full', () => {
  afterAll(() => disk?.remove());

  it('says so, goes on live, heals when there is space, and has lost nothing', async () => {
    if (disk === null) throw new Error('a tmpfs cannot be mounted here; run as root');
    const { folder, fill, free } = disk;
    const market = join(folder, 'synthetic');
    const platform = await startPlatform(['--data', folder, ...MARKET]);
    const socket = io(platform.url, { transports: ['websocket'] });
    try {
      let delays: number[] = [];
      const shown = new Map<string, number>();
      socket.on('price_update', ({ product, seq, timestamp }: PriceUpdate) => {
        delays.push(Date.now() - Date.parse(timestamp));
        shown.set(product, seq);
      });
      const readiness = async () => {
        const response = await fetch(`${platform.url}/readyz`);
        return { status: response.status, text: await response.text() };
      };
      /** After how long it was so, and what was said then. */
      const since = async (status: number, withinMs: number) => {
        const begun = performance.now();
        let said = '';
        const now = async () => {
          const each = await readiness();
          said = each.text;
          return each.status;
        };
        await expect.poll(now, { timeout: longestMs(withinMs), interval: 20 }).toBe(status);
        return { ms: performance.now() - begun, said };
      };
      await sleep(1000);
      for (const symbol of PRODUCTS)
        await socket.emitWithAck('subscribe', { type: 'product', symbol, interval_ms: 0 });
      const stored = async () => (await readStoredMarket(market)).messages;
      await expect.poll(async () => (await stored()).length).toBeGreaterThan(20);
      const acknowledged = await stored();

      fill();
      const { ms: noticedMs, said } = await since(503, MAX_NOTICE_MS);
      delays = [];
      const full = performance.now() + FULL_MS;
      while (performance.now() < full) {
        fill();
        await sleep(100);
      }
      const [live, p99] = [delays.length, quantile(delays, 0.99)];
      const stillReadable = (await readStoredMarket(market)).messages;
      expect((await fetch(`${platform.url}/livez`)).status).toBe(200);
      expect(await metricSum(platform.url, 'deltastream_operations_bus_lost_total')).toBe(0);

      free();
      const { ms: healedMs } = await since(200, MAX_HEAL_MS);
      await sleep(500);
      socket.close();
      const upTo = PRODUCTS.map((product) => ({ product, seq: shown.get(product) ?? 0 }));
      const everyTick = upTo.flatMap(({ product, seq }) =>
        Array.from({ length: seq }, (_, i) => nameOf({ kind: 'tick', product, seq: i + 1 })),
      );
      const all = [...acknowledged, ...everyTick];
      // A stop drains the bus for a while only; a store that is slow to catch up is waited for.
      await expect
        .poll(async () => compareStored(all, (await readStoredMarket(market)).messages).lost, {
          interval: 500,
        })
        .toEqual([]);
      expect(await platform.stop()).toBe(0);
      const { messages } = await readStoredMarket(market);
      const integrity = integrityOf(folder);
      const { lost, doubled } = compareStored(all, messages);
      process.stdout.write(
        `disk full: not ready after ${noticedMs.toFixed(0)} ms; ${live} prices in ${FULL_MS / 1000} s meanwhile, p99 ${p99} ms; ` +
          `ready ${healedMs.toFixed(0)} ms after there was space; ${messages.length} stored, ${lost.length} lost, ${doubled} doubled; ` +
          `${integrity.join(', ')}\n`,
      );
      expect(said).not.toContain(folder);
      expect(said).toContain('disk is full; make room in');
      expect(live).toBeGreaterThan(0.5 * PRODUCTS.length * TICKS_PER_SECOND * (FULL_MS / 1000));
      expect(compareStored(acknowledged, stillReadable).lost).toEqual([]);
      expect({ lost: lost.length, doubled }).toEqual({ lost: 0, doubled: 0 });
      expect(integrity.length).toBeGreaterThan(2);
      for (const each of integrity) expect(each).toMatch(/ ok$/);
    } finally {
      socket.close();
      platform.kill('SIGKILL');
      await platform.exited();
    }
  });

  it('is killed with SIGKILL while it is full, and starts again with everything it had acknowledged', async () => {
    if (disk === null) throw new Error('a tmpfs cannot be mounted here; run as root');
    const { folder, fill, free } = disk;
    const market = join(folder, 'synthetic');
    const victim = await startPlatform(['--data', folder, ...MARKET]);
    await sleep(1000);
    for (const until = performance.now() + 1500; performance.now() < until; await sleep(50)) fill();
    const { messages: acknowledged } = await readStoredMarket(market);
    victim.kill('SIGKILL');
    await victim.exited();
    free();
    const heir = await startPlatform(['--data', folder, ...MARKET]);
    await sleep(500);
    expect(await heir.stop()).toBe(0);
    const { messages } = await readStoredMarket(market);
    const { lost } = compareStored(acknowledged, messages);
    process.stdout.write(`disk full and kill -9: ${acknowledged.length} acknowledged, ${lost.length} lost\n`);
    expect(acknowledged.length).toBeGreaterThan(0);
    expect(lost).toEqual([]);
    for (const each of integrityOf(folder)) expect(each).toMatch(/ ok$/);
  });

  it('ends by SIGTERM while it is full', async () => {
    if (disk === null) throw new Error('a tmpfs cannot be mounted here; run as root');
    const { folder, fill, free } = disk;
    const platform = await startPlatform(['--data', folder, ...MARKET]);
    for (const until = performance.now() + 1500; performance.now() < until; await sleep(50)) fill();
    const filling = setInterval(fill, 20);
    const begun = performance.now();
    const code = await platform.stop();
    const ms = performance.now() - begun;
    clearInterval(filling);
    free();
    process.stdout.write(`disk full and SIGTERM: exit ${code} after ${ms.toFixed(0)} ms\n`);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(longestMs(STOPPED_MS));
  });
});
