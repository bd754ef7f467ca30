import type { DatabaseSync } from 'node:sqlite';
import type { ChainHead } from '@deltastream/contracts/codec';
import { HISTORY_FIGURES } from '@deltastream/contracts/figures';
import type { ChainRow } from '../messages.ts';
import { createSummaryChecksum } from './figure-columns.ts';
import type { Totals } from './main-schema.ts';
import { rowChecksum } from './row-checksum.ts';

export interface SummaryWriter {
  /** Puts the summary of an accepted snapshot and its chain's row; true when the summary is new. */
  put(head: ChainHead, added: Totals): boolean;
  /** Forgets what it remembers of chains. */
  forget(): void;
}

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
  const upsertChain = database.prepare(
    `INSERT INTO chain (product, expiry, expiry_at, currency, spot, first_ts, last_ts, crc)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (product, expiry) DO UPDATE SET
       expiry_at = excluded.expiry_at, currency = excluded.currency, spot = excluded.spot,
       first_ts = excluded.first_ts, last_ts = excluded.last_ts, crc = excluded.crc
     RETURNING id`,
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
  const checksumOf = createSummaryChecksum(HISTORY_FIGURES);
  const chains = new Map<string, ChainRow & { readonly id: number }>();

  const putChain = ({ chain }: ChainHead): number => {
    const { product, expiry, expiry_at, currency, spot, timestamp } = chain;
    const key = `${product} ${expiry}`;
    const held =
      chains.get(key) ?? (selectChain.get(product, expiry) as (ChainRow & { id: number }) | undefined);
    const isLatest = held === undefined || timestamp >= held.last_ts;
    const row: ChainRow = {
      product,
      expiry,
      ...(isLatest
        ? { expiry_at, currency, spot }
        : { expiry_at: held.expiry_at, currency: held.currency, spot: held.spot }),
      first_ts: Math.min(timestamp, held?.first_ts ?? timestamp),
      last_ts: Math.max(timestamp, held?.last_ts ?? timestamp),
    };
    const values = [row.expiry_at, row.currency, row.spot, row.first_ts, row.last_ts] as const;
    const { id } = upsertChain.get(product, expiry, ...values, chainChecksum(row)) as { id: number };
    chains.set(key, { ...row, id });
    return id;
  };

  return {
    put(head, added) {
      const { chain, quotes } = head;
      const id = putChain(head);
      const values = HISTORY_FIGURES.map((name) => chain.summary[name]);
      const row = [id, chain.timestamp, quotes, ...values];
      const checksum = checksumOf({ chain: id, ts: chain.timestamp, quotes }, values);
      added.quotes += quotes;
      if (insert.run(...row, checksum).changes === 1) {
        added.snapshots++;
        return true;
      }
      added.quotes -= Number(selectQuotes.get(id, chain.timestamp)?.quotes ?? 0);
      replace.run(...row, checksum);
      return false;
    },
    forget: () => chains.clear(),
  };
}
