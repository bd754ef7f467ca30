import type { WatchdogKind } from '@deltastream/contracts';
import { exchangeDate, type Listing, sessionIsOpen, spotIsFrozen, tradingDate } from '@deltastream/reference';
import type { InstrumentQuote } from '../meaning.ts';
import type { DelayedQuotes } from '../venue.ts';
import type { ExpiryColumns } from './expiry-columns.ts';
import { createLateCheck } from './late-check.ts';
import type { QuoteCounts } from './quote-counts.ts';
import { createWatchdogs, type Watchdog } from './watchdogs.ts';

/** After how long something is wrong, ms, while the market is open; of pages after three of them, where that is longer. */
export interface WatchTimes {
  /** No quote at all of a product. */
  readonly stallMs: number;
  /** Quotes come and none differs from the one before. */
  readonly frozenMs: number;
  /** The underlying's price stays while options move. */
  readonly spotFrozenMs: number;
  /** A volume that fell, or a bid above an ask, is shown for so long. */
  readonly shownMs: number;
}

export interface Expiry {
  readonly listing: Listing;
  readonly date: string;
  readonly expiresAt: number;
  readonly columns: ExpiryColumns;
  /** Price of the future that expires with the options. */
  future: number;
  /** A price that is in the chain but not among the columns changed. */
  priceChanged: boolean;
  sessionStart: number;
}

/** What is known of one product: its underlying, and what is wrong with its data. */
export interface ProductState {
  readonly listing: Listing;
  readonly spot: number;
  /** Epoch ms of which its quotes are: the present, or before it where they are delayed. It never goes back. */
  asOf(now: number): number;
  readonly previousClose: number;
  /** The underlying's price is to be told. */
  spotChanged: boolean;
  /** A quote of any of its instruments came. */
  quoted(differs: boolean): void;
  /** Takes the underlying's price, from itself or beside an option; true where it changed. */
  takeSpot(price: number, counts: QuoteCounts, nowMs: number): boolean;
  takeUnderlying(quote: InstrumentQuote, counts: QuoteCounts, nowMs: number): boolean;
  volumeFell(nowMs: number): void;
  crossed(nowMs: number): void;
  check(now: number, nowMs: number, expiries: readonly Expiry[]): void;
  watchdogs(nowMs: number): Watchdog[];
  isWrong(kind: WatchdogKind): boolean;
}

/** Fewer of the contracts than this share are quoted again after a reconnect: the chain is partial. */
const COMPLETE_SHARE = 0.8; // As in recordings, where a snapshot of fewer strikes is partial.
/** A venue may say once more what was the last price of a session, or correct it; who trades moves it again and again. */
const MOVES_OF_A_SESSION = 3; // More than a first price and its correction.
/** A page may be late or repeat the one before; three in a row are no accident. */
const PAGES = 3; // As many intervals as make a chain stale.

function timesOfPages(times: WatchTimes, pageMs: number): WatchTimes {
  const least = (ms: number) => Math.max(ms, PAGES * pageMs);
  return {
    stallMs: least(times.stallMs),
    frozenMs: least(times.frozenMs),
    spotFrozenMs: least(times.spotFrozenMs),
    shownMs: least(times.shownMs),
  };
}

export function createProductState(
  listing: Listing,
  given: WatchTimes,
  startMs: number,
  delayed?: DelayedQuotes,
): ProductState {
  const times = delayed ? timesOfPages(given, delayed.intervalMs(listing.symbol)) : given;
  const delayMs = delayed?.delayMs ?? 0;
  const dogs = createWatchdogs(listing.symbol);
  const lateCheck = createLateCheck();
  let spot = Number.NaN;
  let previousClose = Number.NaN;
  let spotAt = Number.NEGATIVE_INFINITY;
  let asOf = Number.NEGATIVE_INFINITY;
  let quotedAt = startMs;
  let movedAt = startMs;
  let spotMovedAt = startMs;
  let wasQuoted = false;
  let hasMoved = false;
  let spotIsZero = false;
  let fellAt = Number.NEGATIVE_INFINITY;
  let crossedAt = Number.NEGATIVE_INFINITY;
  let wasOpen = false;
  /** Moves of the underlying's price on a day without a session, and when the last of them came. */
  let closedDay = {
    date: '',
    moves: 0,
    movedAt: Number.NEGATIVE_INFINITY,
    counted: Number.NEGATIVE_INFINITY,
  };

  /** What the underlying does on a day that has no session by the calendar; null on any other, or while it stands still. */
  function onClosedDay(quotedNow: number, nowMs: number): string | null {
    const { exchange } = listing;
    const date = exchangeDate(exchange, quotedNow);
    if (tradingDate(exchange, quotedNow) === date) return null;
    if (closedDay.date !== date) closedDay = { ...closedDay, date, moves: 0, counted: spotMovedAt };
    if (spotMovedAt > closedDay.counted) {
      closedDay.moves++;
      closedDay.counted = closedDay.movedAt = spotMovedAt;
    }
    if (closedDay.moves < MOVES_OF_A_SESSION || nowMs - closedDay.movedAt >= times.shownMs) return null;
    return `the underlying moves on ${date}, on which the calendar has no session`;
  }

  const state: ProductState = {
    listing,
    spotChanged: false,
    get spot() {
      return spot;
    },
    asOf: (now) => {
      if (delayed === undefined) return now;
      asOf = Math.max(asOf, Number.isFinite(spotAt) ? spotAt : now - delayMs);
      return asOf;
    },
    get previousClose() {
      return previousClose;
    },
    quoted: (differs) => {
      wasQuoted = true; // The time is looked at once for many quotes.
      if (differs) hasMoved = true;
    },
    takeSpot: (price, counts, nowMs) => {
      if (price === 0) {
        counts.spot_zero++;
        spotIsZero = true;
      }
      if (!(price > 0 && price < Number.POSITIVE_INFINITY)) return false;
      spotIsZero = false;
      if (price === spot) return false;
      spot = price;
      spotMovedAt = nowMs;
      state.spotChanged = true;
      return true;
    },
    takeUnderlying: (quote, counts, nowMs) => {
      if (quote.at < spotAt && lateCheck.isLate(0, spotAt, nowMs)) {
        counts.late++;
        return false;
      }
      if (!Number.isNaN(quote.at)) spotAt = quote.at;
      if (quote.previousClose > 0) previousClose = quote.previousClose;
      // An index has a last price or, at some venues, a mark alone.
      return state.takeSpot(Number.isNaN(quote.last) ? quote.mark : quote.last, counts, nowMs);
    },
    volumeFell: (nowMs) => {
      fellAt = nowMs;
    },
    crossed: (nowMs) => {
      crossedAt = nowMs;
    },
    check: (now, nowMs, expiries) => {
      // What is quoted now is of then, as far as sessions go.
      const quotedNow = now - delayMs;
      const isOpen = sessionIsOpen(listing, quotedNow);
      if (wasQuoted) quotedAt = nowMs;
      if (hasMoved) movedAt = nowMs;
      wasQuoted = hasMoved = false;
      // Waiting begins with the session.
      if (isOpen && !wasOpen) quotedAt = movedAt = spotMovedAt = Math.max(quotedAt, nowMs);
      wasOpen = isOpen;
      const forMs = (since: number) => nowMs - since;
      const seconds = (since: number) => `${Math.round(forMs(since) / 1000)} s`;
      const stalls = isOpen && expiries.length > 0 && forMs(quotedAt) > times.stallMs;
      // An underlying that is followed for itself alone may stand still.
      const frozen = isOpen && !stalls && expiries.length > 0 && forMs(movedAt) > times.frozenMs;
      const spotFrozen =
        isOpen &&
        !stalls &&
        spot > 0 &&
        !spotIsFrozen(listing, quotedNow) &&
        forMs(spotMovedAt) > times.spotFrozenMs;
      const held = (of: (columns: ExpiryColumns) => number) => sum(expiries, ({ columns }) => of(columns));
      const zeros = held(({ zeros: { size } }) => size);
      const interest = held(({ openInterestCarried }) => openInterestCarried);
      const partial = expiries.filter(({ columns }) => isPartial(columns)).map(({ date }) => date);
      const said = (is: boolean, detail: string) => (is ? detail : null);
      dogs.set('stall', said(stalls, `no quote for ${seconds(quotedAt)}`), nowMs);
      dogs.set('frozen', said(frozen, `quotes repeat for ${seconds(movedAt)}`), nowMs);
      dogs.set('zero', said(zeros > 0, `${zeros} contracts fell to 0; the last quotes stay`), nowMs);
      dogs.set(
        'oi_zero',
        said(interest > 0, `open interest of ${interest} contracts fell to 0; it is carried`),
        nowMs,
      );
      dogs.set('partial', said(partial.length > 0, `contracts are missing of ${partial.join(', ')}`), nowMs);
      dogs.set('spot_zero', said(spotIsZero, 'the underlying is quoted at 0; its last price stays'), nowMs);
      dogs.set(
        'spot_frozen',
        said(spotFrozen, `the underlying is at ${spot} for ${seconds(spotMovedAt)}`),
        nowMs,
      );
      dogs.set('volume_back', said(forMs(fellAt) < times.shownMs, 'volume of the session fell'), nowMs);
      dogs.set('unexpected_session', onClosedDay(quotedNow, nowMs), nowMs);
      dogs.set('crossed', said(forMs(crossedAt) < times.shownMs, 'a bid was above its ask'), nowMs);
    },
    watchdogs: (nowMs) => dogs.list(nowMs),
    isWrong: (kind) => dogs.has(kind),
  };
  return state;
}

export const isPartial = ({ quoted, mostQuoted }: ExpiryColumns): boolean =>
  quoted < COMPLETE_SHARE * mostQuoted;

const sum = <T>(list: readonly T[], of: (each: T) => number): number =>
  list.reduce((total, each) => total + of(each), 0);
