import { type Bar, mergeBars, SYNTHETIC_SOURCE, type UnderlyingTick } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { enrichTick } from './enrich-tick.ts';

const OPEN = Date.parse('2026-08-19T03:45:00Z');

const tick = (timestamp: number, price: number, product = 'NIFTY'): UnderlyingTick => ({
  product,
  timestamp,
  epoch: 'test',
  seq: 1,
  source: 'test',
  currency: 'INR',
  price,
  previous_close: 24_000,
  quality: [],
});

const startsOf = (at: number, product?: string) =>
  enrichTick(tick(at, 1, product)).bars.map(({ interval, start }) => [
    interval,
    new Date(start).toISOString(),
  ]);

describe('enriching a tick', () => {
  it('gives the change against the previous close, and null when that is not known', () => {
    expect(enrichTick(tick(OPEN, 24_120))).toMatchObject({ change: 120, change_pct: 0.5 });
    const unknown = { ...tick(OPEN, 24_120), previous_close: null };
    expect(enrichTick(unknown)).toMatchObject({ change: null, change_pct: null });
  });

  it('aligns bars to the session of the exchange, and to UTC where it is not known', () => {
    expect(startsOf(OPEN + 17 * 60_000 + 59_999)).toEqual([
      ['1m', '2026-08-19T04:02:00.000Z'],
      ['5m', '2026-08-19T04:00:00.000Z'],
      ['15m', '2026-08-19T04:00:00.000Z'],
    ]);
    expect(startsOf(Date.parse('2026-08-19T04:07:31Z'), 'UNHEARD').map(([, start]) => start)).toEqual([
      '2026-08-19T04:07:00.000Z',
      '2026-08-19T04:05:00.000Z',
      '2026-08-19T04:00:00.000Z',
    ]);
  });

  it('makes no bar of a price that stands still in the closing auction', () => {
    const at = (time: string) => enrichTick(tick(Date.parse(`2026-08-19T${time}+05:30`), 24_050));
    for (const time of ['15:15:00', '15:20:00', '15:34:59.999']) {
      expect(at(time), time).toMatchObject({ price: 24_050, quality: ['spot_frozen'], bars: [] });
    }
    for (const time of ['15:14:59.999', '15:35:00']) {
      expect(at(time), time).toMatchObject({ quality: [], bars: [{}, {}, {}] });
    }
    expect(enrichTick(tick(Date.parse('2026-07-31T15:20:00+05:30'), 24_050)).bars).toHaveLength(3);
    const flagged = { ...tick(OPEN, 1300, 'RELIANCE'), quality: ['spot_frozen' as const] };
    expect(enrichTick(flagged), 'by the feed, which knows the exchange of a stock').toMatchObject({
      quality: ['spot_frozen'],
      bars: [],
    });
    const generated = { ...tick(Date.parse('2026-08-19T15:20:00+05:30'), 24_050), source: SYNTHETIC_SOURCE };
    expect(enrichTick(generated), 'a generated market never closes').toMatchObject({
      quality: [],
      bars: [{}, {}, {}],
    });
  });

  it('gives the same bars whatever the order and repetition of ticks (property)', () => {
    const ticks = fc.array(fc.tuple(fc.nat(1_800_000), fc.integer({ min: 1, max: 50 })), { minLength: 1 });
    fc.assert(
      fc.property(ticks, fc.infiniteStream(fc.nat()), (seen, random) => {
        const inOrder = seen.map(([offset, price]) => tick(OPEN + offset, price));
        const shuffled = [...inOrder, ...inOrder.filter((_, i) => i % 3 === 0)]
          .map((each) => ({ each, key: random.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ each }) => each);
        expect(barsOf(shuffled)).toEqual(barsOf(inOrder));
      }),
    );
  });

  it('opens at the earliest and closes at the latest price', () => {
    const bars = barsOf([
      tick(OPEN + 30_000, 12),
      tick(OPEN + 1000, 10),
      tick(OPEN + 59_000, 8),
      tick(OPEN + 20_000, 15),
    ]);
    expect(bars.get(`1m ${OPEN}`)).toMatchObject({ open: 10, high: 15, low: 8, close: 8 });
  });
});

function barsOf(ticks: UnderlyingTick[]): Map<string, Bar> {
  const bars = new Map<string, Bar>();
  for (const bar of ticks.flatMap((each) => enrichTick(each).bars)) {
    const key = `${bar.interval} ${bar.start}`;
    const held = bars.get(key);
    bars.set(key, held ? mergeBars(held, bar) : bar);
  }
  return new Map([...bars].sort());
}
