import type { ListRange } from '../../../ports/stores/market/market-store.ts';
import type { PostgresConnection, Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { createRolledCheck } from './schema.ts';
import { type Span, spansOf, within } from './spans.ts';

/** Neither first nor last time. */
const NOTHING: Span = { fromMs: 0, toMs: 0 };

/** Where series have anything, and their rows there. */
export type StoredRanges = ReturnType<typeof createStoredRanges>;

export function createStoredRanges(connection: PostgresConnection) {
  const { schema } = connection;
  const isRolled = createRolledCheck(connection);

  /** The part of a range in which a chain has figures, or quotes. */
  const ofChain = async (
    session: Session,
    product: string,
    expiry: string,
    range: Span,
    first: 'first_ts' | 'quotes_from',
  ): Promise<Span> => {
    const isQuotes = first === 'quotes_from' && (await isRolled(session));
    // Null stays null; of a chain that an earlier release listed it is not known.
    const column = isQuotes
      ? 'CASE WHEN quotes_from < first_ts THEN first_ts ELSE quotes_from END'
      : 'first_ts';
    const { rows } = await session.query(
      `SELECT ${column} AS first, last_ts FROM ${schema}.chain_series WHERE product = $1 AND expiry = $2`,
      [product, expiry],
    );
    return rows[0]?.first == null ? NOTHING : within(range, rows[0].first, rows[0].last_ts);
  };
  const ofTicks = async (session: Session, product: string, range: Span): Promise<Span> => {
    const { rows } = await session.query(
      `SELECT first_ts, last_ts FROM ${schema}.tick_series WHERE product = $1`,
      [product],
    );
    return rows.length === 0 ? NOTHING : within(range, rows[0].first_ts, rows[0].last_ts);
  };

  /** Rows of [from, to) in time order, up to the limit, from the end of the range that is taken; `what` has a condition. */
  const inRange = async <Row extends { readonly ts: number }>(
    session: Session,
    what: string,
    key: readonly string[],
    span: Span,
    { limit, take }: Pick<ListRange, 'limit' | 'take'>,
  ): Promise<Row[]> => {
    const found: Row[] = [];
    const keyed = ['product', 'expiry'].slice(0, key.length).map((name, i) => `${name} = $${i + 4}`);
    for (const { fromMs, toMs } of spansOf(span, take)) {
      if (found.length >= limit) break;
      const { rows } = await session.query(
        `SELECT ${what} AND ts >= $1 AND ts < $2 AND ${keyed.join(' AND ')}
         ORDER BY ts ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $3`,
        [instant(fromMs), instant(toMs), limit - found.length, ...key],
      );
      for (const row of rows) found.push(row);
    }
    return take === 'last' ? found.reverse() : found;
  };
  return { isRolled, ofChain, ofTicks, inRange };
}
