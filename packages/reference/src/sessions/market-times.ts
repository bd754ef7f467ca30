import { dateOfDay } from '../dates/calendar-date.ts';
import { facts } from '../facts.ts';
import type { SessionPhase } from '../schema.ts';
import { localInstant } from './exchanges.ts';
import { type Market, type PhaseStart, phasesOn } from './sessions.ts';
import { sessionIsKnown } from './trading-days.ts';
import { LONGEST_CLOSURE_DAYS, type TradingSession, tradingSession } from './trading-sessions.ts';

/** Where a market stands at an instant, and the instants that what it shows then is from. */
export interface MarketTimes {
  readonly phase: SessionPhase;
  /** The instant itself within a session, else the close of the last one; null where that is not known. */
  readonly quotesAsOf: number | null;
  /** The same, or the close of the session before, by what the exchange publishes; null where that is not known. */
  readonly openInterestAsOf: number | null;
}

/** What a calendar says of a local day: the last day asked for is remembered for each market, as every chain asks. */
interface MarketDay {
  readonly facts: object;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Null where it is not known whether there is a session, or when. */
  readonly phases: readonly PhaseStart[] | null;
  readonly session: TradingSession | null;
  /** Closes of the last two sessions before the day, newest first; fewer where they are not known. */
  readonly closes: readonly number[];
}
const lastDays = new Map<string, MarketDay>();

/** Null where the calendar does not cover the day, or has a special session on it of which the hours are not known. */
export function marketTimes(market: Market, atMs: number): MarketTimes | null {
  const { phases, session, closes } = marketDay(market, atMs);
  if (phases === null) return null;
  const began = session !== null && session.fromMs <= atMs;
  const [close, closeBefore] = began ? [session.untilMs, closes[0]] : closes;
  const quotesAsOf = close === undefined ? null : Math.min(atMs, close);
  const published = facts().data.exchanges[market.exchange].open_interest.as_of;
  return {
    phase: phases.findLast(([, beginsMs]) => beginsMs <= atMs)?.[0] ?? 'closed',
    quotesAsOf,
    openInterestAsOf: published === 'live' ? quotesAsOf : (closeBefore ?? null),
  };
}

function marketDay(market: Market, atMs: number): MarketDay {
  const { exchange, kind } = market;
  const key = `${exchange} ${kind ?? ''}`;
  const known = lastDays.get(key);
  if (known && known.fromMs <= atMs && atMs < known.untilMs && known.facts === facts()) return known;
  const day = facts().zone(exchange).dayAt(atMs);
  const date = dateOfDay(day);
  const made = {
    facts: facts(),
    fromMs: localInstant(exchange, date, 0),
    untilMs: localInstant(exchange, dateOfDay(day + 1), 0),
    phases: sessionIsKnown(exchange, date) ? phasesOn(market, date) : null,
    session: tradingSession(market, date),
    closes: closesBefore(market, day),
  };
  lastDays.set(key, made);
  return made;
}

/** Of the last two sessions before a day; a day of which nothing is known may have had one, and ends the search. */
function closesBefore(market: Market, day: number): number[] {
  const closes: number[] = [];
  for (let each = day - 1; closes.length < 2 && day - each <= LONGEST_CLOSURE_DAYS; each--) {
    const date = dateOfDay(each);
    if (!sessionIsKnown(market.exchange, date)) break;
    const session = tradingSession(market, date);
    if (session !== null) closes.push(session.untilMs);
  }
  return closes;
}
