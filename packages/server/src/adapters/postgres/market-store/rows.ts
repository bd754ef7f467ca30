import { HISTORY_FIGURES } from '@deltastream/contracts';
import type { StoredTick } from '../../../ports/stores/market/market-store.ts';
import type { Cell, ColumnType } from '../database/binary-arrays.ts';

/** What snapshots and ticks have in common: a key in time and a version. */
export interface Versioned {
  readonly product: string;
  readonly timestamp: number;
  readonly epoch: string;
  readonly seq: number;
  readonly generation?: number;
}

/** A chain as it is stored: its bytes, and what of it stands in columns. */
export interface SnapshotRow extends Versioned {
  readonly expiry: string;
  readonly expiryAt: number;
  readonly currency: string;
  readonly spot: number | null;
  readonly quotes: number;
  /** In the order of HISTORY_FIGURES. */
  readonly figures: readonly (number | null)[];
  readonly data: Uint8Array;
}

/** A table whose rows have versions, and how a row fills its columns. */
export interface VersionedTable<Row extends Versioned> {
  readonly name: 'snapshot' | 'tick';
  /** The columns of the key come first. */
  readonly keys: number;
  readonly columns: readonly (readonly [name: string, type: ColumnType, of: (row: Row) => Cell])[];
  /** Of its key, as text. */
  keyOf(row: Row): string;
}

const VERSION = [
  ['generation', 'bigint', ({ generation }: Versioned) => generation ?? 0],
  ['epoch', 'text', ({ epoch }: Versioned) => epoch],
  ['seq', 'bigint', ({ seq }: Versioned) => seq],
] as const;

export const SNAPSHOTS: VersionedTable<SnapshotRow> = {
  name: 'snapshot',
  keys: 3,
  columns: [
    ['product', 'text', ({ product }) => product],
    ['expiry', 'text', ({ expiry }) => expiry],
    ['ts', 'timestamptz', ({ timestamp }) => timestamp],
    ...VERSION,
    ['quotes', 'integer', ({ quotes }) => quotes],
    ['data', 'bytea', ({ data }) => data],
    ...HISTORY_FIGURES.map(
      (name, i) => [name, 'double precision', ({ figures }: SnapshotRow) => figures[i]] as const,
    ),
  ],
  keyOf: ({ product, expiry, timestamp }) => `${product} ${expiry} ${timestamp}`,
};

export const TICKS: VersionedTable<StoredTick> = {
  name: 'tick',
  keys: 2,
  columns: [
    ['product', 'text', ({ product }) => product],
    ['ts', 'timestamptz', ({ timestamp }) => timestamp],
    ...VERSION,
    ['source', 'text', ({ source }) => source],
    ['currency', 'text', ({ currency }) => currency],
    ['price', 'double precision', ({ price }) => price],
    ['previous_close', 'double precision', ({ previousClose }) => previousClose],
  ],
  keyOf: ({ product, timestamp }) => `${product} ${timestamp}`,
};

/** A row of the tick table. */
export interface TickRecord {
  readonly product: string;
  readonly ts: number;
  readonly generation: number;
  readonly epoch: string;
  readonly seq: number;
  readonly source: string;
  readonly currency: string;
  readonly price: number;
  readonly previous_close: number | null;
}

export function storedTick(record: TickRecord): StoredTick {
  const { product, ts, generation, epoch, seq, source, currency, price, previous_close } = record;
  return {
    product,
    timestamp: ts,
    epoch,
    seq,
    ...(generation === 0 ? {} : { generation }),
    source,
    currency,
    price,
    previousClose: previous_close,
  };
}
