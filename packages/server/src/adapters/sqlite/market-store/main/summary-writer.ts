import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '@deltastream/contracts/codec';
import { HISTORY_FIGURES } from '@deltastream/contracts/figures';
import type { ChainRow } from '../messages.ts';
import { createFigureChecksum } from './figure-columns.ts';
import type { Totals } from './main-schema.ts';
import { rowChecksum } from './row-checksum.ts';

export interface SummaryWriter {
  /**
   * Puts the summary of an accepted snapshot; true when it is new. `isExpected` where one is there in all likelihood: it is
   * looked for first. The row of its chain follows with `putChains`.
   */
  put(head: ChainHead, added: Totals, isExpected: boolean): boolean;
  /** Puts the rows of the chains whose snapshots were put since, each once. */
  putChains(): void;
  /** Forgets what it remembers of chains. */
  forget(): void;
}

type StoredChain = ChainRow & { readonly id: number };

/** The checksum of a chain's row. */
export const chainChecksum = (row: ChainRow): number =>
  rowChecksum(`${row.product} ${row.expiry} ${row.currency}`, [
    row.expiry_at,
    row.spot,
    row.first_ts,
    row.last_ts,
  ]);

export function createSummaryWriter(database: DatabaseSync): SummaryWriter {
  const selectChain = database.prepare(
    `SELECT id, product, expiry, expiry_at, currency, spot, first_ts, last_ts FROM chain
     WHERE product = ? AND expiry = ?`,
  );
  const insertChain = database.prepare(
    `INSERT INTO chain (product, expiry, expiry_at, currency, spot, first_ts, last_ts)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const updateChain = database.prepare(
    'UPDATE chain SET expiry_at = ?, currency = ?, spot = ?, first_ts = ?, last_ts = ?, crc = ? WHERE id = ?',
  );
  const figures = HISTORY_FIGURES.join(', ');
  const marks = HISTORY_FIGURES.map(() => '?').join(', ');
  const insert = database.prepare(
    `INSERT INTO summary (chain, ts, quotes, ${figures}, crc) VALUES (?, ?, ?, ${marks}, ?) ON CONFLICT DO NOTHING`,
  );
  const selectQuotes = database.prepare('SELECT quotes FROM summary WHERE chain = ? AND ts = ?');
  const replace = database.prepare(
    `INSERT OR REPLACE INTO summary (chain, ts, quotes, ${figures}, crc) VALUES (?, ?, ?, ${marks}, ?)`,
  );
  const checksumOf = createFigureChecksum(HISTORY_FIGURES);
  const chains = new Map<string, StoredChain>();
  const changed = new Map<number, StoredChain>();

  const insertedChain = ({ product, expiry, expiry_at, currency, spot, timestamp }: ChainHead['chain']) => {
    const added = insertChain.run(product, expiry, expiry_at, currency, spot, timestamp, timestamp);
    const id = Number(added.lastInsertRowid);
    return { id, product, expiry, expiry_at, currency, spot, first_ts: timestamp, last_ts: timestamp };
  };

  const chainId = ({ chain }: ChainHead): number => {
    const { product, expiry, timestamp } = chain;
    const key = `${product} ${expiry}`;
    const held =
      chains.get(key) ??
      (selectChain.get(product, expiry) as StoredChain | undefined) ??
      insertedChain(chain);
    const { expiry_at, currency, spot } = timestamp >= held.last_ts ? chain : held;
    const first_ts = Math.min(timestamp, held.first_ts);
    const last_ts = Math.max(timestamp, held.last_ts);
    const row = { id: held.id, product, expiry, expiry_at, currency, spot, first_ts, last_ts };
    chains.set(key, row);
    changed.set(row.id, row);
    return row.id;
  };

  return {
    put(head, added, isExpected) {
      const { chain, quotes } = head;
      const id = chainId(head);
      const values = HISTORY_FIGURES.map((name) => chain.summary[name]);
      const row = [id, chain.timestamp, quotes, ...values];
      const checksum = checksumOf('', [id, chain.timestamp, quotes], values);
      added.quotes += quotes;
      const held = isExpected ? selectQuotes.get(id, chain.timestamp) : undefined;
      if (held === undefined && insert.run(...row, checksum).changes === 1) {
        added.snapshots++;
        return true;
      }
      added.quotes -= Number((held ?? selectQuotes.get(id, chain.timestamp))?.quotes ?? 0);
      replace.run(...row, checksum);
      return false;
    },
    putChains() {
      for (const row of changed.values()) {
        const { id, expiry_at, currency, spot, first_ts, last_ts } = row;
        updateChain.run(expiry_at, currency, spot, first_ts, last_ts, chainChecksum(row), id);
      }
      changed.clear();
    },
    forget() {
      chains.clear();
      changed.clear();
    },
  };
}
