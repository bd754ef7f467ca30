import {
  type Bar,
  INTERVAL_MS,
  STORED_INTERVALS,
  type StoredInterval,
  SYNTHETIC_SOURCE,
} from '@deltastream/contracts';
import { frozenOn } from '../../../../kit/chains/closing-auction.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import type { TickTime } from './batch.ts';

/**
 * Merges bars where they lie, by the rule of `mergeBars`; resolves with the starts of those that are new. Every bar of
 * the batch is locked until the transaction ends, also one that does not change.
 */
export async function mergeBarsInto(
  session: Session,
  schema: string,
  bars: readonly Bar[],
): Promise<number[]> {
  if (bars.length === 0) return [];
  const opens = '(excluded.open_at, excluded.open) < (held.open_at, held.open)';
  const closes = '(excluded.close_at, excluded.close) > (held.close_at, held.close)';
  const { rows } = await session.query({
    name: 'merge bars',
    text: `
      INSERT INTO ${schema}.bar AS held
        (product, bar_interval, starts_at, open_at, open, high, low, close_at, close)
      SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::float8[],
        $6::float8[], $7::float8[], $8::timestamptz[], $9::float8[])
      ON CONFLICT (product, bar_interval, starts_at) DO UPDATE SET
        open_at = CASE WHEN ${opens} THEN excluded.open_at ELSE held.open_at END,
        open = CASE WHEN ${opens} THEN excluded.open ELSE held.open END,
        high = greatest(held.high, excluded.high),
        low = least(held.low, excluded.low),
        close_at = CASE WHEN ${closes} THEN excluded.close_at ELSE held.close_at END,
        close = CASE WHEN ${closes} THEN excluded.close ELSE held.close END
      WHERE ${opens} OR ${closes} OR excluded.high > held.high OR excluded.low < held.low
      RETURNING starts_at, xmax = 0 AS added`,
    values: [
      binaryArray(
        'text',
        bars.map(({ product }) => product),
      ),
      binaryArray(
        'text',
        bars.map(({ interval }) => interval),
      ),
      binaryArray(
        'timestamptz',
        bars.map(({ start }) => start),
      ),
      binaryArray(
        'timestamptz',
        bars.map(({ open_at }) => open_at),
      ),
      binaryArray(
        'double precision',
        bars.map(({ open }) => open),
      ),
      binaryArray(
        'double precision',
        bars.map(({ high }) => high),
      ),
      binaryArray(
        'double precision',
        bars.map(({ low }) => low),
      ),
      binaryArray(
        'timestamptz',
        bars.map(({ close_at }) => close_at),
      ),
      binaryArray(
        'double precision',
        bars.map(({ close }) => close),
      ),
    ],
  });
  return rows.filter(({ added }) => added).map(({ starts_at }) => starts_at);
}

/**
 * Computes the bars of times at which two prices met from the ticks that are stored, so that nothing of the one that
 * lost stays in them. They are locked before the ticks are read: whatever another writer adds to one of them either is
 * committed by then, or merges into what this one leaves.
 */
export async function computeContested(
  session: Session,
  schema: string,
  contested: readonly TickTime[],
): Promise<void> {
  if (contested.length === 0) return;
  for (const interval of STORED_INTERVALS) {
    const [products, starts] = await lockBarsOf(session, schema, interval, contested);
    if (products.length === 0) continue;
    // Of a price that stands still there is nothing in a bar, as in live ones.
    const frozen = products.map((product, i) => frozenOn(product, starts[i]));
    await session.query(
      `UPDATE ${schema}.bar b SET
         open_at = t.open_at, open = t.open, high = t.high, low = t.low, close_at = t.close_at, close = t.close
       FROM unnest($1::text[], $2::timestamptz[], $5::timestamptz[], $6::timestamptz[])
         AS k (product, starts_at, frozen_from, frozen_until)
       CROSS JOIN LATERAL (
         SELECT min(ts) AS open_at, (array_agg(price ORDER BY ts))[1] AS open, max(price) AS high,
           min(price) AS low, max(ts) AS close_at, (array_agg(price ORDER BY ts DESC))[1] AS close
         FROM ${schema}.tick
         WHERE product = k.product AND ts >= k.starts_at AND ts < k.starts_at + $4::interval
           AND (k.frozen_from IS NULL OR ts < k.frozen_from OR ts >= k.frozen_until OR source = $7)
       ) AS t
       WHERE b.product = k.product AND b.bar_interval = $3 AND b.starts_at = k.starts_at
         AND t.open IS NOT NULL`,
      [
        binaryArray('text', products),
        binaryArray('timestamptz', starts),
        interval,
        lengthOf(interval),
        binaryArray(
          'timestamptz',
          frozen.map((span) => span?.from ?? null),
        ),
        binaryArray(
          'timestamptz',
          frozen.map((span) => span?.until ?? null),
        ),
        SYNTHETIC_SOURCE,
      ],
    );
  }
}

/** The bars of one interval that contain a contested time, as their products and starts. */
async function lockBarsOf(
  session: Session,
  schema: string,
  interval: StoredInterval,
  contested: readonly TickTime[],
): Promise<[products: string[], starts: number[]]> {
  const { rows } = await session.query(
    `SELECT b.product, b.starts_at FROM ${schema}.bar b
     WHERE b.bar_interval = $3 AND EXISTS (
       SELECT FROM unnest($1::text[], $2::timestamptz[]) AS k (product, ts)
       WHERE b.product = k.product AND b.starts_at <= k.ts AND b.starts_at > k.ts - $4::interval)
     AND b.product = ANY ($1::text[])
     AND b.starts_at > (SELECT min(ts) FROM unnest($2::timestamptz[]) AS ts) - $4::interval
     AND b.starts_at <= (SELECT max(ts) FROM unnest($2::timestamptz[]) AS ts)
     ORDER BY b.product, b.starts_at FOR UPDATE OF b`,
    [
      binaryArray(
        'text',
        contested.map(({ product }) => product),
      ),
      binaryArray(
        'timestamptz',
        contested.map(({ timestamp }) => timestamp),
      ),
      interval,
      lengthOf(interval),
    ],
  );
  return [rows.map(({ product }) => product), rows.map(({ starts_at }) => starts_at)];
}

const lengthOf = (interval: StoredInterval): string => `${INTERVAL_MS[interval]} milliseconds`;
