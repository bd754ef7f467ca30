import type { DatabaseSync } from 'node:sqlite';
import type { Bar, StoredInterval } from '@deltastream/contracts';
import { INTERVAL_MS, mergeBars, STORED_INTERVALS } from '@deltastream/contracts/codec';
import { barNumbers, barTexts } from '../main/bar-writer.ts';
import { rowChecksum } from '../main/row-checksum.ts';

/**
 * Computes bars of several minutes that are lost from those of one minute, once these are complete. A bar is left out if
 * ticks of one of its minutes are lost, of which it may have held more than its minutes tell.
 */
export function restoreLongerBars(database: DatabaseSync): void {
  const minutes = database.prepare("SELECT * FROM bar WHERE product = ? AND interval = '1m' ORDER BY start");
  const starts = database.prepare('SELECT start FROM bar WHERE product = ? AND interval = ? ORDER BY start');
  const isLost = database.prepare(
    'SELECT 1 FROM tick_block WHERE product = ? AND minute >= ? AND minute < ? AND length(data) = 0',
  );
  const insert = database.prepare(
    'INSERT INTO bar VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const products = database.prepare("SELECT DISTINCT product FROM bar WHERE interval = '1m'").all();

  const restore = (product: string, interval: StoredInterval): void => {
    const length = INTERVAL_MS[interval];
    const kept = new Set(starts.all(product, interval).map(({ start }) => Number(start)));
    // Bars begin with the session of an exchange, whose offset those that are kept tell.
    const [first = 0] = kept;
    let restored: Bar | null = null;
    const put = () => {
      if (restored === null || isLost.get(product, restored.start, restored.start + length) !== undefined)
        return;
      const numbers = barNumbers(restored.start, restored);
      insert.run(product, interval, ...numbers, rowChecksum(barTexts(product, interval), numbers));
    };
    for (const row of minutes.iterate(product)) {
      const minute = row as unknown as Bar;
      const start = minute.start - ((((minute.start - first) % length) + length) % length);
      if (kept.has(start)) continue;
      const part = { ...minute, interval, start };
      if (restored?.start === start) restored = mergeBars(restored, part);
      else {
        put();
        restored = part;
      }
    }
    put();
  };

  for (const { product } of products) {
    for (const interval of STORED_INTERVALS) if (interval !== '1m') restore(String(product), interval);
  }
}
