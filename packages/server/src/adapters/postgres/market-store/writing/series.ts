import type { StoredTick } from '../../../../ports/stores/market-store.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
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
const TIMES =
  'first_ts = least(held.first_ts, excluded.first_ts), last_ts = greatest(held.last_ts, excluded.last_ts)';

/** Keeps which chains exist, from when to when, and what the latest of each says; `rows` are those stored now. */
export async function noteChains(
  session: Session,
  schema: string,
  rows: readonly SnapshotRow[],
): Promise<unknown> {
  if (rows.length === 0) return;
  const series = seriesOf(rows, ({ product, expiry }) => `${product} ${expiry}`);
  return session.query({
    name: 'note chains',
    text: `INSERT INTO ${schema}.chain_series AS held
             (product, expiry, first_ts, last_ts, expiry_at, currency, spot)
           SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[],
             $5::timestamptz[], $6::text[], $7::float8[])
           ON CONFLICT (product, expiry) DO UPDATE
           SET ${TIMES}, ${['expiry_at', 'currency', 'spot'].map(later).join(', ')}`,
    values: [
      binaryArray(
        'text',
        series.map(({ latest }) => latest.product),
      ),
      binaryArray(
        'text',
        series.map(({ latest }) => latest.expiry),
      ),
      binaryArray(
        'timestamptz',
        series.map(({ first }) => first),
      ),
      binaryArray(
        'timestamptz',
        series.map(({ latest }) => latest.timestamp),
      ),
      binaryArray(
        'timestamptz',
        series.map(({ latest }) => latest.expiryAt),
      ),
      binaryArray(
        'text',
        series.map(({ latest }) => latest.currency),
      ),
      binaryArray(
        'double precision',
        series.map(({ latest }) => latest.spot),
      ),
    ],
  });
}

/** The same of ticks. */
export async function noteTicks(
  session: Session,
  schema: string,
  rows: readonly StoredTick[],
): Promise<unknown> {
  if (rows.length === 0) return;
  const series = seriesOf(rows, ({ product }) => product);
  return session.query({
    name: 'note ticks',
    text: `INSERT INTO ${schema}.tick_series AS held
             (product, first_ts, last_ts, currency, price, previous_close)
           SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[],
             $5::float8[], $6::float8[])
           ON CONFLICT (product) DO UPDATE
           SET ${TIMES}, ${['currency', 'price', 'previous_close'].map(later).join(', ')}`,
    values: [
      binaryArray(
        'text',
        series.map(({ latest }) => latest.product),
      ),
      binaryArray(
        'timestamptz',
        series.map(({ first }) => first),
      ),
      binaryArray(
        'timestamptz',
        series.map(({ latest }) => latest.timestamp),
      ),
      binaryArray(
        'text',
        series.map(({ latest }) => latest.currency),
      ),
      binaryArray(
        'double precision',
        series.map(({ latest }) => latest.price),
      ),
      binaryArray(
        'double precision',
        series.map(({ latest }) => latest.previousClose),
      ),
    ],
  });
}
