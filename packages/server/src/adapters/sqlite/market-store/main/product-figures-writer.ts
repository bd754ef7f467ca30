import type { DatabaseSync } from 'node:sqlite';
import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts/product-figures';
import { isLaterFigures, type StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { createFigureChecksum } from './figure-columns.ts';

const MINUTE_MS = 60_000;

interface HeldFigures {
  readonly ts: number;
  readonly progress: number;
}

/** Keeps the last figures of each product and minute. */
export function createProductFiguresWriter(
  database: DatabaseSync,
): (figures: readonly StoredProductFigures[]) => void {
  const selectMinute = database.prepare(
    'SELECT ts, progress FROM product_figures WHERE product = ? AND ts >= ? AND ts < ?',
  );
  const remove = database.prepare('DELETE FROM product_figures WHERE product = ? AND ts >= ? AND ts < ?');
  const insert = database.prepare(
    `INSERT INTO product_figures (product, ts, as_of, progress, ${PRODUCT_FIGURE_NAMES.join(', ')}, crc)
     VALUES (?, ?, ?, ?, ${PRODUCT_FIGURE_NAMES.map(() => '?').join(', ')}, ?)`,
  );
  const checksumOf = createFigureChecksum(PRODUCT_FIGURE_NAMES);

  return (all) => {
    for (const { product, timestamp, as_of, progress, values } of all) {
      const minute = Math.floor(timestamp / MINUTE_MS) * MINUTE_MS;
      const held = selectMinute.all(product, minute, minute + MINUTE_MS) as unknown as HeldFigures[];
      const given = { timestamp, progress };
      if (held.some(({ ts, ...each }) => isLaterFigures({ timestamp: ts, ...each }, given))) continue;
      remove.run(product, minute, minute + MINUTE_MS);
      const numbers = [timestamp, as_of, progress];
      const figures = PRODUCT_FIGURE_NAMES.map((name) => values[name]);
      insert.run(product, ...numbers, ...figures, checksumOf(`${product} `, numbers, figures));
    }
  };
}
