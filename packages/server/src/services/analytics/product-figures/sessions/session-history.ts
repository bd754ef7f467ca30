import { type Bar, INTERVAL_MS, LAST_INSTANT_MS, type RankedFigure } from '@deltastream/contracts';
import { realisedVariance } from '@deltastream/quant';
import { LRUCache } from 'lru-cache';
import type { MarketReader, StoredExpiry } from '../../../../ports/stores/market/market-store.ts';
import { type ExpiryPoint, lastPoint } from '../expiry-points.ts';
import { impliedVolatilities } from '../implied-volatilities.ts';
import { type Session, sessionsBefore } from './sessions.ts';

/** Sessions that the rank looks at, and that forecasts are made from. */
export const HISTORY_SESSIONS = 252;

export type ClosingVolatilities = Readonly<Record<RankedFigure, number | null>>;

/** A session by its 5-minute bars. */
export interface SessionBar {
  readonly date: string;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** From its opening to its close, of the returns from bar to bar. */
  readonly variance: number;
}

/**
 * What the sessions before that of an instant came to, oldest first, from the chains and bars that are stored. Nothing of
 * the instant's own session is in it, so that it is the same whenever in that session it is asked for.
 */
export interface SessionHistory {
  /** Closing volatilities of the sessions in which a chain came. */
  closes(product: string, atMs: number): Promise<{ date: string; iv: ClosingVolatilities }[]>;
  /** Sessions with prices: one more than `HISTORY_SESSIONS`, so that there are as many returns. */
  bars(product: string, atMs: number): Promise<SessionBar[]>;
}

export interface SessionHistorySettings {
  /** How long a past session is taken as read before; what is imported shows at once. */
  readonly sessionCacheMs: number;
  readonly maxCachedSessions: number;
  /** How far a chain may be behind the last one of a session to count among its close. */
  readonly maxExpiryLagMs: number;
}

type Reader = Pick<MarketReader, 'expiries' | 'summaries' | 'bars' | 'importedRows'>;
/** Null where nothing is stored of the session. */
interface Read<T> {
  readonly value: T | null;
}

const BAR_MS = INTERVAL_MS['5m'];

/** Reads each session once, and again after `sessionCacheMs` or when an import brought rows since. */
export function createSessionHistory(store: Reader, settings: SessionHistorySettings): SessionHistory {
  const cacheOf = <T>() =>
    new LRUCache<string, Read<T>, () => Promise<T | null>>({
      // By size, so that memory is taken as it fills (kit/growing-cache.ts).
      maxSize: settings.maxCachedSessions,
      sizeCalculation: () => 1,
      ttl: settings.sessionCacheMs,
      fetchMethod: async (_key, _stale, { context: read }) => ({ value: await read() }),
    });
  const closes = cacheOf<ClosingVolatilities>();
  const bars = cacheOf<SessionBar>();

  /** In turn, so that one product does not fill the store's queue. */
  const each = async <T>(
    cache: ReturnType<typeof cacheOf<T>>,
    product: string,
    sessions: readonly Session[],
    read: (session: Session) => Promise<T | null>,
  ) => {
    const imported = await store.importedRows();
    const found: { date: string; value: T }[] = [];
    for (const session of sessions) {
      const key = `${product} ${session.fromMs} ${imported}`;
      const held = await cache.forceFetch(key, { context: () => read(session) });
      if (held.value !== null) found.push({ date: session.date, value: held.value });
    }
    return found;
  };

  return {
    async closes(product, atMs) {
      const expiries = await store.expiries(product);
      const since = Math.min(...expiries.map(({ firstTimestamp }) => firstTimestamp));
      const sessions = sessionsBefore(product, atMs, HISTORY_SESSIONS, since);
      const found = await each(closes, product, sessions, (session) =>
        closingVolatilities(store, product, expiries, session, settings.maxExpiryLagMs),
      );
      return found.map(({ date, value: iv }) => ({ date, iv }));
    },
    async bars(product, atMs) {
      const range = { fromMs: 0, toMs: LAST_INSTANT_MS, limit: 1, take: 'first' } as const;
      const [first] = await store.bars(product, '5m', range);
      if (first === undefined) return [];
      const sessions = sessionsBefore(product, atMs, HISTORY_SESSIONS + 1, first.start);
      const found = await each(bars, product, sessions, async ({ date, fromMs, toMs }) => {
        const range = { fromMs, toMs, limit: Math.ceil((toMs - fromMs) / BAR_MS) };
        return sessionBar(date, await store.bars(product, '5m', range));
      });
      return found.map(({ value }) => value);
    },
  };
}

/** Volatilities as they were when a session ended: of the last chain of each expiry that had not expired by then. */
async function closingVolatilities(
  store: Reader,
  product: string,
  expiries: readonly StoredExpiry[],
  { fromMs, toMs }: Session,
  maxExpiryLagMs: number,
): Promise<ClosingVolatilities | null> {
  const listed = expiries.filter((each) => each.firstTimestamp < toMs && each.expiryAt >= fromMs);
  const found = await Promise.all(listed.map((expiry) => lastPoint(store, product, expiry, toMs)));
  const points = found.filter((point) => point !== null);
  const seenAt = Math.max(...points.map(({ figures }) => figures.timestamp));
  // An earlier session's chains alone are none of this one.
  if (!(seenAt >= fromMs)) return null;
  const isCurrent = ({ expiryAt, figures }: ExpiryPoint) =>
    expiryAt >= seenAt && seenAt - figures.timestamp <= maxExpiryLagMs;
  return impliedVolatilities(points.filter(isCurrent));
}

function sessionBar(date: string, bars: readonly Bar[]): SessionBar | null {
  const [first] = bars;
  const last = bars.at(-1);
  if (first === undefined || last === undefined) return null;
  return {
    date,
    open: first.open,
    high: Math.max(...bars.map(({ high }) => high)),
    low: Math.min(...bars.map(({ low }) => low)),
    close: last.close,
    variance: realisedVariance([first.open, ...bars.map(({ close }) => close)]),
  };
}
