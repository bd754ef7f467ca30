import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bar, type EnrichedTick, mergeBars } from '@deltastream/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { enrichTick } from '../../enricher/enrich-tick.ts';
import { createLiveBars } from '../../socket-gateway/market/live-bars.ts';
import { readBars } from './ohlc.ts';

const ALL = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, take: 'first', order: 'asc' } as const;
const at = (time: string) => Date.parse(time);

/** Prices by time: two trading days with a pre-open session and prices of the evening, a weekend between them. */
const PRICES: readonly [string, number][] = [
  ['2026-08-14T09:07:00+05:30', 99],
  ['2026-08-14T09:15:00+05:30', 100],
  ['2026-08-14T15:14:00+05:30', 104],
  ['2026-08-14T15:20:00+05:30', 104],
  ['2026-08-14T15:36:00+05:30', 105],
  ['2026-08-14T18:00:00+05:30', 105],
  ['2026-08-15T12:00:00+05:30', 105],
  ['2026-08-16T12:00:00+05:30', 105],
  ['2026-08-17T09:07:00+05:30', 110],
  ['2026-08-17T09:16:00+05:30', 111],
  ['2026-08-17T15:36:00+05:30', 112],
  ['2026-08-18T09:07:00+05:30', 90],
];

const TICKS: readonly EnrichedTick[] = PRICES.map(([time, price], seq) =>
  enrichTick({
    product: 'NIFTY',
    timestamp: at(time),
    epoch: 'test',
    seq,
    source: 'test',
    currency: 'INR',
    price,
    previous_close: null,
    quality: [],
  }),
);

let folder: string;
let store: MarketStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daily-bars-'));
  store = await createSqliteMarketStore({ folder });
  const bars = new Map<string, Bar>();
  for (const bar of TICKS.flatMap((tick) => tick.bars)) {
    const key = `${bar.interval} ${bar.start}`;
    const held = bars.get(key);
    bars.set(key, held ? mergeBars(held, bar) : bar);
  }
  await store.putTicks([], [...bars.values()]);
});

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

test('a day has one bar, with what came before its opening and on the days without trade after it', async () => {
  const { items: bars } = await readBars(store, 'NIFTY', '1d', { ...ALL, limit: 10 });
  expect(bars).toMatchObject([
    { start: at('2026-08-14T09:15:00+05:30'), open: 99, high: 105, low: 99, close: 105 },
    { start: at('2026-08-17T09:15:00+05:30'), open: 110, high: 112, low: 110, close: 112 },
    { start: at('2026-08-18T09:15:00+05:30'), open: 90, close: 90 },
  ]);
});

test('pages of one bar each, and a range that begins at an opening, have the same bars', async () => {
  const { items: bars } = await readBars(store, 'NIFTY', '1d', { ...ALL, limit: 10 });
  const paged: Bar[] = [];
  let fromMs = 0;
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await readBars(store, 'NIFTY', '1d', { ...ALL, fromMs, limit: 1 });
    paged.push(...page.items);
    cursor = page.nextCursor;
    fromMs = bars[paged.length]?.start ?? 0;
  }
  expect(paged).toEqual(bars);
  const monday = await readBars(store, 'NIFTY', '1d', { ...ALL, fromMs: bars[1].start, limit: 1 });
  expect(monday.items).toEqual([bars[1]]);
});

test('bars of a market that moves on through a weekend are complete', async () => {
  const quarter = 900_000;
  const first = at('2026-08-19T00:00:00+05:30');
  const last = at('2026-08-26T00:00:00+05:30');
  const parts: Bar[] = [];
  for (let start = first; start < last; start += quarter) {
    const price = parts.length;
    const prices = { open: price, high: price, low: price, close: price };
    parts.push({ product: 'SENSEX', interval: '15m', start, open_at: start, close_at: start, ...prices });
  }
  await store.putTicks([], parts);
  const { items: bars } = await readBars(store, 'SENSEX', '1d', { ...ALL, limit: 20 });
  expect(bars.map(({ open, close }) => [open, close])).toEqual([
    [0, 95],
    [96, 191],
    [192, 479],
    [480, 575],
    [576, 671],
  ]);
  const two = await readBars(store, 'SENSEX', '1d', { ...ALL, limit: 3 });
  expect(two.items).toEqual(bars.slice(0, 3));
});

test('live bars are the stored ones', async () => {
  for (const interval of ['1m', '5m', '15m'] as const) {
    const live = createLiveBars();
    for (const tick of TICKS) live.add(tick);
    const { items: bars } = await readBars(store, 'NIFTY', interval, { ...ALL, limit: 100 });
    const shown = live.of(interval).map(({ bar }) => bar);
    expect(shown.length).toBeGreaterThan(2);
    expect(shown).toEqual(bars.slice(-shown.length));
    const frozen = (bar: Bar) => bar.open_at === at('2026-08-14T15:20:00+05:30');
    expect(bars.some(frozen), 'the closing auction makes no bar of its own').toBe(false);
  }
});
