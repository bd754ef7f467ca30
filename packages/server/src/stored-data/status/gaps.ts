import {
  DAY_MS,
  type ProductInfo,
  productInfo,
  sessionsBefore,
  type TradingSession,
} from '@deltastream/reference';
import type { MarketReader, StoredExpiry } from '../../ports/stores/market/market-store.ts';

/** A time of trading of which no chain is stored, in epoch ms: [fromMs, toMs). */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
  /** The date of a session of which nothing is stored; null for a part of one. */
  readonly session: string | null;
}

/** Shortest time without a chain that is a gap: longer than any source waits between two. */
const STEP_MS = 900_000;

/**
 * The quarters of an hour of trading, between the first and the last chain of a product, in which no chain of any expiry
 * came; those that follow each other are one gap. Costs what the quarters cost, not what is stored in them. A product
 * that is not in the reference data is taken to trade round the clock.
 */
export async function gapsOf(
  store: Pick<MarketReader, 'expiries' | 'lastSummaries'>,
  product: string,
): Promise<Gap[]> {
  const expiries = await store.expiries(product);
  if (expiries.length === 0) return [];
  const fromMs = Math.min(...expiries.map(({ firstTimestamp }) => firstTimestamp));
  const toMs = Math.max(...expiries.map(({ lastTimestamp }) => lastTimestamp)) + 1;
  const gaps: Gap[] = [];
  for (const session of sessionsWithin(productInfo(product), fromMs, toMs)) {
    const starts = startsOf(session, fromMs, toMs);
    const end = Math.min(session.untilMs, toMs);
    const seen = await quartersSeen(store, product, expiries, starts, end);
    if (seen.size === 0) gaps.push({ fromMs: session.fromMs, toMs: session.untilMs, session: session.date });
    else gaps.push(...merged(starts, seen, end));
  }
  return gaps;
}

function sessionsWithin(info: ProductInfo | null, fromMs: number, toMs: number): TradingSession[] {
  if (info === null) return [{ date: '', fromMs, untilMs: toMs }];
  const most = Math.ceil((toMs - fromMs) / DAY_MS) + 1;
  return sessionsBefore(info, toMs, most).filter(({ untilMs }) => untilMs > fromMs);
}

/** Where the quarters of a session begin, as far as they are between two instants; what is left at the end is of the last. */
function startsOf(session: TradingSession, fromMs: number, toMs: number): number[] {
  const starts: number[] = [];
  const end = Math.min(session.untilMs, toMs);
  for (let at = session.fromMs; at < end; at += STEP_MS) {
    if (at + STEP_MS > fromMs && (at + STEP_MS <= end || starts.length === 0)) starts.push(at);
  }
  return starts;
}

/** The starts of those in which a chain came. */
async function quartersSeen(
  store: Pick<MarketReader, 'lastSummaries'>,
  product: string,
  expiries: readonly StoredExpiry[],
  starts: readonly number[],
  endMs: number,
): Promise<Set<number>> {
  const seen = new Set<number>();
  const [first] = starts;
  if (first === undefined) return seen;
  for (const { expiry, firstTimestamp, lastTimestamp } of expiries) {
    if (seen.size === starts.length) break;
    if (lastTimestamp < first || firstTimestamp >= endMs) continue;
    for (const { timestamp } of await store.lastSummaries(product, expiry, starts, endMs, [])) {
      seen.add(starts[Math.min(starts.length - 1, Math.floor((timestamp - first) / STEP_MS))]);
    }
  }
  return seen;
}

function merged(starts: readonly number[], seen: ReadonlySet<number>, endMs: number): Gap[] {
  const gaps: { fromMs: number; toMs: number; session: null }[] = [];
  for (const fromMs of starts.filter((start) => !seen.has(start))) {
    const toMs = fromMs === starts.at(-1) ? endMs : fromMs + STEP_MS;
    const last = gaps.at(-1);
    if (last !== undefined && last.toMs === fromMs) last.toMs = toMs;
    else gaps.push({ fromMs, toMs, session: null });
  }
  return gaps;
}
