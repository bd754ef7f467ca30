import type { DatabaseSync } from 'node:sqlite';
import { MalformedBlobError } from '@deltastream/contracts/codec';
import { BLOCK_MS, createTickBlockCodec } from '../../../../codec/tick-block.ts';
import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import type { ImportCounting } from './import-counts.ts';
import type { Totals } from './main-schema.ts';
import { mergeTicks } from './merge-ticks.ts';

export interface TickTable {
  /** Puts ticks; returns by product the times at which two prices met. */
  put(
    ticks: readonly StoredTick[],
    added: Totals,
    counts: ImportCounting,
  ): ReadonlyMap<string, readonly number[]>;
  /** Every tick of [from, to); null when some of them cannot be read. */
  between(product: string, fromMs: number, toMs: number): StoredTick[] | null;
}

/**
 * Ticks in blocks of a product and minute. A block that is damaged is kept aside when ticks join it, and its
 * minute stays marked as damaged until an import gives it anew.
 */
export function createTickTable(database: DatabaseSync): TickTable {
  const codec = createTickBlockCodec();
  const select = database.prepare('SELECT data FROM tick_block WHERE product = ? AND minute = ?');
  const selectRange = database.prepare(
    'SELECT minute, data FROM tick_block WHERE product = ? AND minute >= ? AND minute < ? ORDER BY minute',
  );
  const upsert = database.prepare(
    `INSERT INTO tick_block (product, minute, data) VALUES (?, ?, ?)
     ON CONFLICT (product, minute) DO UPDATE SET data = excluded.data`,
  );
  const setAside = database.prepare('INSERT OR IGNORE INTO damaged_block VALUES (?, ?, ?)');
  const isMarked = database.prepare('SELECT 1 FROM damaged_block WHERE product = ? AND minute = ?');
  const unmark = database.prepare('DELETE FROM damaged_block WHERE product = ? AND minute = ?');

  const decoded = (product: string, minute: number, data: Uint8Array): StoredTick[] | null => {
    try {
      return codec.decode(product, minute, data);
    } catch (error) {
      if (error instanceof MalformedBlobError) return null;
      throw error;
    }
  };

  return {
    put(ticks, added, counts) {
      const contested = new Map<string, number[]>();
      const blocks = Map.groupBy(ticks, (tick) => `${tick.product} ${Math.floor(tick.timestamp / BLOCK_MS)}`);
      for (const group of blocks.values()) {
        const { product, timestamp } = group[0];
        const minute = Math.floor(timestamp / BLOCK_MS) * BLOCK_MS;
        const data = select.get(product, minute)?.data as Uint8Array | undefined;
        const stored = data === undefined ? [] : decoded(product, minute, data);
        if (stored === null) setAside.run(product, minute, data as Uint8Array);
        if (group.some(({ generation = 0 }) => generation > 0)) unmark.run(product, minute);
        const merged = mergeTicks(stored ?? [], group);
        added.ticks += merged.ticks.length - (stored ?? []).length;
        for (const outcome of ['new', 'replaced', 'same'] as const) {
          for (const { generation } of merged[outcome]) counts.add('ticks', generation, outcome);
        }
        if (merged.contested.length > 0) {
          contested.set(product, [...(contested.get(product) ?? []), ...merged.contested]);
        }
        upsert.run(product, minute, codec.encode(product, minute, merged.ticks));
      }
      return contested;
    },
    between(product, fromMs, toMs) {
      const found: StoredTick[] = [];
      const first = Math.floor(fromMs / BLOCK_MS) * BLOCK_MS;
      for (const { minute, data } of selectRange.all(product, first, toMs) as {
        minute: number;
        data: Uint8Array;
      }[]) {
        const block = isMarked.get(product, minute) === undefined ? decoded(product, minute, data) : null;
        if (block === null) return null;
        for (const tick of block) if (tick.timestamp >= fromMs && tick.timestamp < toMs) found.push(tick);
      }
      return found;
    },
  };
}
