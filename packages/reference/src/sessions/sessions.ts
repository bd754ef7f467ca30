import { DAY_MS, dateOfDay, dayNumber } from '../dates/calendar-date.ts';
import { facts } from '../facts.ts';
import type { Exchange, HoursEntry, ProductKind, SessionPhase } from '../schema.ts';
import { expiryInstant, hoursOn, localInstant, minutesOf } from './exchanges.ts';
import {
  calendarCovers,
  isEarlyClose,
  sessionIsKnown,
  specialSession,
  tradingDate,
  tradingDayUpTo,
} from './trading-days.ts';

/** Whose session it is: products of one exchange may keep different hours. */
export interface Market {
  readonly exchange: Exchange;
  readonly kind?: ProductKind;
}

/**
 * Opening of the exchange's session on the local calendar day of an instant, which may lie after that
 * instant. Days without trade have the opening they would have had.
 */
export function sessionStart(exchange: Exchange, atMs: number): number {
  return openingsAt(exchange, atMs).own;
}

/** Latest opening at or before an instant: an instant before today's opening belongs to yesterday's session. */
export function currentSessionStart(exchange: Exchange, atMs: number): number {
  const start = sessionStart(exchange, atMs);
  return start <= atMs ? start : opening(exchange, facts().zone(exchange).dayAt(atMs) - 1);
}

/** A local day of an exchange: what bars ask for every tick of it. */
interface DayOpenings {
  readonly facts: object;
  /** The day's first instant, and that of the next. */
  readonly from: number;
  readonly until: number;
  readonly own: number;
  /** Opening of the last day with trade up to it. */
  readonly traded: number;
}
const lastOpenings = new Map<Exchange, DayOpenings>();

/** Of the local day of an instant; the last day asked for is remembered for each exchange. */
function openingsAt(exchange: Exchange, atMs: number): DayOpenings {
  const known = lastOpenings.get(exchange);
  if (known && known.from <= atMs && atMs < known.until && known.facts === facts()) return known;
  const day = facts().zone(exchange).dayAt(atMs);
  const openings = {
    facts: facts(),
    from: localInstant(exchange, dateOfDay(day), 0),
    until: localInstant(exchange, dateOfDay(day + 1), 0),
    own: opening(exchange, day),
    traded: opening(exchange, dayNumber(tradingDate(exchange, atMs))),
  };
  lastOpenings.set(exchange, openings);
  return openings;
}

function opening(exchange: Exchange, day: number): number {
  const date = dateOfDay(day);
  const special = specialSession(exchange, date)?.open;
  return localInstant(exchange, date, minutesOf(special ?? opensAt(hoursOn(exchange, date))));
}

const opensAt = ({ phases }: HoursEntry): string =>
  phases.find(([phase]) => phase === 'continuous')?.[1] ?? phases[0][1];

/**
 * Start of the bar that contains an instant. Bars shorter than a day are aligned to the opening of their local
 * day; those before it are counted backwards from it. Bars of a day or longer are one a session and begin at its
 * opening: what comes before the opening belongs to the day it comes on, what comes on a day without trade to
 * the last session, whose prices it shows.
 */
export function barStart(exchange: Exchange, intervalMs: number, atMs: number): number {
  if (intervalMs >= DAY_MS) return openingsAt(exchange, atMs).traded;
  const open = sessionStart(exchange, atMs);
  return open + Math.floor((atMs - open) / intervalMs) * intervalMs;
}

/**
 * The phase of a market's day that an instant lies in. On a special session whose hours are not known it is
 * `closed`; outside the calendar a weekday counts as a trading day (`sessionIsKnown`).
 */
export function sessionPhase(market: Market, atMs: number): SessionPhase {
  const phases = phasesOn(market, facts().zone(market.exchange).dateAt(atMs));
  return phases.findLast(([, beginsMs]) => beginsMs <= atMs)?.[0] ?? 'closed';
}

/** Phases of a date and the instants at which they begin, ascending; before the first, and without any, it is `closed`. */
export function phasesOn({ exchange, kind }: Market, date: string): readonly PhaseStart[] {
  const at = (time: string) => localInstant(exchange, date, minutesOf(time));
  const special = specialSession(exchange, date);
  if (special) {
    const { open, close } = special;
    if (open === null || close === null) return [];
    return [
      ['continuous', at(open)],
      ['closed', at(close)],
    ];
  }
  const day = dayNumber(date);
  if (tradingDayUpTo(exchange, day) !== day) return [];
  const { phases, early } = hoursOn(exchange, date, kind);
  const starts = phases.map(([phase, time]): PhaseStart => [phase, at(time)]);
  if (!early || !isEarlyClose(exchange, date)) return starts;
  const close = at(early.close);
  return [...starts.filter(([, beginsMs]) => beginsMs < close), ['closed', close]];
}

export type PhaseStart = readonly [phase: SessionPhase, beginsMs: number];

/** Phases in which contracts trade. */
export const TRADING: ReadonlySet<SessionPhase> = new Set([
  'continuous',
  'closing_auction',
  'settlement_known',
]);

/** True while contracts of a market trade. */
export const sessionIsOpen = (market: Market, atMs: number): boolean =>
  TRADING.has(sessionPhase(market, atMs));

/** A span of a day, both instants NaN where it has none: `from` inclusive, `until` exclusive. */
export interface FrozenSpan {
  readonly facts: object;
  readonly day: number;
  readonly from: number;
  readonly until: number;
}
/** By exchange and kind, that of the last day asked for: every tick asks. */
const lastFrozen = new Map<string, FrozenSpan>();

/**
 * True while the underlying's price stands still although contracts trade: in the closing auction of the cash
 * market, until its result is known. What shows the price then shows an older one.
 */
export function spotIsFrozen(market: Market, atMs: number): boolean {
  const { from, until } = frozenSpan(market, atMs);
  return from <= atMs && atMs < until;
}

/** When `spotIsFrozen` on the exchange's day of an instant. */
export function frozenSpan(market: Market, atMs: number): FrozenSpan {
  const { exchange, kind } = market;
  const day = facts().zone(exchange).dayAt(atMs);
  const key = `${exchange} ${kind ?? ''}`;
  let span = lastFrozen.get(key);
  if (span?.day !== day || span.facts !== facts()) {
    span = spanOfDay(market, day);
    lastFrozen.set(key, span);
  }
  return span;
}

/** A day without an ordinary session has none. */
function spanOfDay({ exchange, kind }: Market, day: number): FrozenSpan {
  const date = dateOfDay(day);
  const ordinary = tradingDayUpTo(exchange, day) === day && !specialSession(exchange, date);
  const span = ordinary ? hoursOn(exchange, date, kind).spot_frozen : undefined;
  const [from, until] = (span ?? []).map((time) => localInstant(exchange, date, minutesOf(time)));
  return { facts: facts(), day, from: from ?? Number.NaN, until: until ?? Number.NaN };
}

/**
 * True when the calendar says nothing of an instant or of an expiry date, or not when a special session of the
 * instant's day is held: what depends on them then takes a weekday for an ordinary trading day.
 */
export function calendarIsUnknown(exchange: Exchange, atMs: number, expiry: string): boolean {
  const date = facts().zone(exchange).dateAt(atMs);
  return !sessionIsKnown(exchange, date) || !calendarCovers(exchange, expiry);
}

/**
 * The instant that quotes shown at `atMs` are from: that instant within a session, else the close of the
 * last session before it, after which nothing moved.
 */
export function quotedAt(exchange: Exchange, atMs: number): number {
  const today = dayNumber(facts().zone(exchange).dateAt(atMs));
  const lastDay = atMs < sessionStart(exchange, atMs) ? today - 1 : today;
  return Math.min(atMs, expiryInstant(exchange, dateOfDay(tradingDayUpTo(exchange, lastDay))));
}
