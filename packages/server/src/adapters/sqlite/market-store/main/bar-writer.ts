import type { DatabaseSync } from 'node:sqlite';
import type { Bar, StoredInterval } from '@deltastream/contracts';
import { INTERVAL_MS, mergeBars, STORED_INTERVALS } from '@deltastream/contracts/codec';
import { isFrozen } from '../../../../kit/chains/closing-auction.ts';
import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import type { Totals } from './main-schema.ts';
import { rowChecksum, rowIsDamaged } from './row-checksum.ts';
import type { TickTable } from './tick-table.ts';

type Prices = Pick<Bar, 'open_at' | 'open' | 'high' | 'low' | 'close_at' | 'close'>;
type BarRow = Prices & { readonly crc: number | null };

/** The checksum of a bar's row goes over its key as text and these, in this order. */
export const barNumbers = (start: number, bar: Prices): number[] => [
  start,
  bar.open_at,
  bar.open,
  bar.high,
  bar.low,
  bar.close_at,
  bar.close,
];
export const barTexts = (product: string, interval: string): string => `${product} ${interval}`;

/**
 * Puts bars. They merge by `mergeBars`; but where two prices met at one time, what the bars of that time hold
 * of the one that lost cannot be taken out of them, so they are computed from the ticks that are stored now.
 */
export function createBarWriter(
  database: DatabaseSync,
  ticks: TickTable,
): (bars: readonly Bar[], contested: ReadonlyMap<string, readonly number[]>, added: Totals) => void {
  const select = database.prepare(
    `SELECT open_at, open, high, low, close_at, close, crc FROM bar
     WHERE product = ? AND interval = ? AND start = ?`,
  );
  const startsAround = database.prepare(
    'SELECT start FROM bar WHERE product = ? AND interval = ? AND start > ? AND start <= ?',
  );
  const insert = database.prepare(
    'INSERT INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const replace = database.prepare('INSERT OR REPLACE INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');

  const valuesOf = (bar: Bar) => {
    const { product, interval, start } = bar;
    const numbers = barNumbers(start, bar);
    return [product, interval, ...numbers, rowChecksum(barTexts(product, interval), numbers)] as const;
  };

  const fromTicks = (product: string, interval: StoredInterval, start: number): Bar | null => {
    const found = ticks.between(product, start, start + INTERVAL_MS[interval]);
    return found === null ? null : barOf(interval, start, found);
  };

  /** Keys of the bars that contain a contested time: those given, and those that are stored. */
  const contestedBars = (bars: readonly Bar[], contested: ReadonlyMap<string, readonly number[]>) => {
    const keys = new Map<string, { product: string; interval: StoredInterval; start: number }>();
    const add = (product: string, interval: StoredInterval, start: number) =>
      keys.set(`${product} ${interval} ${start}`, { product, interval, start });
    for (const [product, times] of contested) {
      for (const interval of STORED_INTERVALS) {
        const length = INTERVAL_MS[interval];
        for (const time of times) {
          for (const { start } of startsAround.all(product, interval, time - length, time)) {
            add(product, interval, Number(start));
          }
        }
      }
    }
    for (const { product, interval, start } of bars) {
      const times = contested.get(product) ?? [];
      if (times.some((time) => time >= start && time < start + INTERVAL_MS[interval])) {
        add(product, interval as StoredInterval, start);
      }
    }
    return keys;
  };

  return (bars, contested, added) => {
    const recomputed = contested.size === 0 ? null : contestedBars(bars, contested);
    for (const bar of bars) {
      const { product, interval, start } = bar;
      if (insert.run(...valuesOf(bar)).changes === 1) {
        added.bars++;
        continue;
      }
      if (recomputed?.has(`${product} ${interval} ${start}`)) continue;
      const { crc, ...held } = select.get(product, interval, start) as unknown as BarRow;
      const damaged = rowIsDamaged(crc, barTexts(product, interval), barNumbers(start, held));
      const merged = damaged
        ? (fromTicks(product, interval as StoredInterval, start) ?? bar)
        : mergeBars({ product, interval, start, ...held }, bar);
      replace.run(...valuesOf(merged));
    }
    for (const { product, interval, start } of recomputed?.values() ?? []) {
      const bar = fromTicks(product, interval, start);
      if (bar !== null) replace.run(...valuesOf(bar));
    }
  };
}

/**
 * The bar of ticks of one product, which are all of its interval; null where it has none. Those of a price that stands still
 * are in no bar, as in live ones.
 */
export function barOf(interval: StoredInterval, start: number, ticks: readonly StoredTick[]): Bar | null {
  const moving = ticks.filter((tick) => !isFrozen(tick));
  if (moving.length === 0) return null;
  return moving
    .map(({ product, timestamp, price }): Bar => {
      const at = { open_at: timestamp, open: price, close_at: timestamp, close: price };
      return { product, interval, start, ...at, high: price, low: price };
    })
    .reduce(mergeBars);
}
