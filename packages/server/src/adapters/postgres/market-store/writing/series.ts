import type { StoredTick } from '../../../../ports/stores/market/market-store.ts';
import { binaryArray, type Cell, type ColumnType } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import type { SnapshotRow, Versioned } from '../rows.ts';

interface Series<Row> {
  first: number;
  latest: Row;
}

/** Times of series, and the latest row of each, in the order of their keys. */
function seriesOf<Row extends Versioned>(rows: readonly Row[], keyOf: (row: Row) => string): Series<Row>[] {
  const series = new Map<string, Series<Row>>();
  for (const row of rows) {
    const held = series.get(keyOf(row));
    if (held === undefined) series.set(keyOf(row), { first: row.timestamp, latest: row });
    else {
      held.first = Math.min(held.first, row.timestamp);
      if (row.timestamp >= held.latest.timestamp) held.latest = row;
    }
  }
  return [...series].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

/** Of two, those of the later time; rows of one time were decided by their versions before. */
const later = (column: string) =>
  `${column} = CASE WHEN excluded.last_ts >= held.last_ts THEN excluded.${column} ELSE held.${column} END`;
/** Times of what there is; of no quotes that are kept the first is null, which `least` leaves out. */
const TIMES: Readonly<Record<string, 'least' | 'greatest'>> = {
  first_ts: 'least',
  last_ts: 'greatest',
  quotes_from: 'least',
};
const setTime = (column: string) => `${column} = ${TIMES[column]}(held.${column}, excluded.${column})`;

/** Columns of a series as `binaryArray` takes them. */
type Columns<Row> = readonly (readonly [name: string, type: ColumnType, of: (series: Series<Row>) => Cell])[];

const CHAINS: Columns<SnapshotRow> = [
  ['product', 'text', ({ latest }) => latest.product],
  ['expiry', 'text', ({ latest }) => latest.expiry],
  ['first_ts', 'timestamptz', ({ first }) => first],
  ['last_ts', 'timestamptz', ({ latest }) => latest.timestamp],
  ['expiry_at', 'timestamptz', ({ latest }) => latest.expiryAt],
  ['currency', 'text', ({ latest }) => latest.currency],
  ['spot', 'double precision', ({ latest }) => latest.spot],
  ['quotes_from', 'timestamptz', ({ first }) => first],
];
const TICKS: Columns<StoredTick> = [
  ['product', 'text', ({ latest }) => latest.product],
  ['first_ts', 'timestamptz', ({ first }) => first],
  ['last_ts', 'timestamptz', ({ latest }) => latest.timestamp],
  ['currency', 'text', ({ latest }) => latest.currency],
  ['price', 'double precision', ({ latest }) => latest.price],
  ['previous_close', 'double precision', ({ latest }) => latest.previousClose],
];

/** Keeps which chains exist, from when to when, and what the latest of each says; `rows` are those stored now. */
export const noteChains = (
  session: Session,
  schema: string,
  rows: readonly SnapshotRow[],
): Promise<unknown> =>
  note(session, schema, 'chain_series', ['product', 'expiry'], CHAINS, seriesOf(rows, chainKey));

/** The same of ticks. */
export const noteTicks = (session: Session, schema: string, rows: readonly StoredTick[]): Promise<unknown> =>
  note(
    session,
    schema,
    'tick_series',
    ['product'],
    TICKS,
    seriesOf(rows, ({ product }) => product),
  );

const chainKey = ({ product, expiry }: SnapshotRow): string => `${product} ${expiry}`;

async function note<Row>(
  session: Session,
  schema: string,
  table: string,
  key: readonly string[],
  columns: Columns<Row>,
  series: readonly Series<Row>[],
): Promise<unknown> {
  if (series.length === 0) return;
  const names = columns.map(([name]) => name);
  const set = names
    .filter((name) => !key.includes(name))
    .map((name) => (name in TIMES ? setTime(name) : later(name)));
  return session.query({
    name: `note ${table}`,
    text: `INSERT INTO ${schema}.${table} AS held (${names.join(', ')})
           SELECT * FROM unnest(${columns.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})
           ON CONFLICT (${key.join(', ')}) DO UPDATE
           SET ${set.join(', ')}`,
    values: columns.map(([, type, of]) => binaryArray(type, series.map(of))),
  });
}
