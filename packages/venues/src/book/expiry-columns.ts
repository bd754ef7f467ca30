import { type ChainColumns, MAX_STRIKES, QUOTE_COLUMNS, RAW_COLUMNS } from '@deltastream/contracts';
import type { OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import { createLateCheck } from './late-check.ts';
import type { QuoteCounts } from './quote-counts.ts';
import { createZeroHold, type ZeroHold } from './zero-hold.ts';

/** The newest quotes of the contracts of one expiry, from which its chain is made. */
export interface ExpiryColumns {
  readonly options: ReadonlyMap<OptionInstrument['id'], OptionInstrument>;
  /** Differs from what was copied last. */
  readonly changed: boolean;
  /** Contracts quoted since their connection was made, and the most so far. */
  readonly quoted: number;
  readonly mostQuoted: number;
  /** Falls of volume since the last call of `takeVolumeFalls`. */
  takeVolumeFalls(): number;
  /** The expiry's forward as its options say it; NaN: they do not. */
  readonly forward: number;
  /** Zeros of all prices, and of open interest, that are held back. */
  readonly zeros: ZeroHold;
  readonly openInterestZeros: ZeroHold;
  /**
   * Contracts whose open interest is not given, so that the last is carried: their zero came after a reconnect, or all that
   * had some fell to 0 at once. One that falls while others have theirs is a zero that waits to be confirmed.
   */
  readonly openInterestCarried: number;
  /** Lays the contracts out anew; quotes of those that stay are kept. What is beyond the strikes allowed is left out. */
  lay(options: readonly OptionInstrument[], counts: QuoteCounts): void;
  /** Takes a quote of the contract in a cell that `cellOf` gave; true where it changed something. */
  take(cell: number, quote: InstrumentQuote, nowMs: number, counts: QuoteCounts): boolean;
  /** Where quotes of a contract go; it holds until contracts are laid out anew. -1: it is not among them. */
  cellOf(option: OptionInstrument): number;
  /** These cells are not quoted again yet. */
  reconnected(cells: readonly number[], nowMs: number): void;
  /** Takes the zeros that turned out to be true. */
  settle(nowMs: number): void;
  copy(): ChainColumns;
}

const WIDTH = QUOTE_COLUMNS.length;
const [BID, ASK, LAST, MARK, BID_SIZE, ASK_SIZE, VOLUME, OPEN_INTEREST, PREVIOUS_CLOSE] = (
  ['bid', 'ask', 'last', 'mark', 'bid_size', 'ask_size', 'volume', 'open_interest', 'previous_close'] as const
).map((name) => QUOTE_COLUMNS.indexOf(name));
const AMOUNTS = [BID_SIZE, ASK_SIZE, VOLUME, OPEN_INTEREST] as const;
const PRICES = [BID, ASK, LAST, MARK] as const;
/** No venue gives the change of open interest with a quote: the venue's instant of the quote lies in its place. */
const INSTANT = QUOTE_COLUMNS.indexOf('open_interest_change');
const COPIED = [...QUOTE_COLUMNS.keys()].filter((k) => k !== INSTANT);

/**
 * `take` costs no allocation, and the numbers of a contract lie side by side: a tick touches two lines of the processor's
 * cache, where columns by strike would be ten. They become columns when they are copied, which is rare beside ticks. A
 * cell is `side * count + row`; its numbers begin at `cell * WIDTH`.
 */
export function createExpiryColumns(): ExpiryColumns {
  let count = 0;
  let values = new Float64Array(0);
  let strikes: readonly number[] = [];
  /** Whether it was quoted since its connection was made, by cell. */
  let seen = new Uint8Array(0);
  let rows = new Map<number, number>();
  let options = new Map<OptionInstrument['id'], OptionInstrument>();
  let changed = false;
  let quoted = 0;
  let mostQuoted = 0;
  let volumeFalls = 0;
  let forward = Number.NaN;
  const zeros = createZeroHold();
  const openInterestZeros = createZeroHold();
  const lateCheck = createLateCheck();

  const cellOf = ({ strike, side }: OptionInstrument) => {
    const row = rows.get(strike);
    return row === undefined ? -1 : side === 'call' ? row : count + row;
  };

  function put(at: number, value: number, complete: boolean, counts: QuoteCounts): boolean {
    const isGiven = !Number.isNaN(value);
    if (isGiven && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      counts.bad_value++;
      return false;
    }
    const held = values[at];
    if (!isGiven && (!complete || Number.isNaN(held))) return false;
    if (held === value) return false;
    values[at] = value;
    return true;
  }

  function holdsAnything(place: number): boolean {
    for (const k of PRICES) if (values[place + k] > 0) return true;
    return values[place + OPEN_INTEREST] > 0;
  }

  /** More than one contract has open interest. */
  function othersHoldInterest(): boolean {
    let count = 0;
    for (let at = OPEN_INTEREST; at < values.length; at += WIDTH)
      if (values[at] > 0 && ++count > 1) return true;
    return false;
  }

  function zero(cell: number): void {
    for (const k of [...PRICES, OPEN_INTEREST]) {
      if (values[cell * WIDTH + k] > 0) values[cell * WIDTH + k] = 0;
    }
    changed = true;
  }

  return {
    get options() {
      return options;
    },
    get changed() {
      return changed;
    },
    get quoted() {
      return quoted;
    },
    get mostQuoted() {
      return mostQuoted;
    },
    get forward() {
      return forward;
    },
    takeVolumeFalls: () => {
      const falls = volumeFalls;
      volumeFalls = 0;
      return falls;
    },
    zeros,
    openInterestZeros,
    get openInterestCarried() {
      const { size, fresh, othersSeen } = openInterestZeros;
      if (size === 0 || othersSeen || (size === 1 && othersHoldInterest())) return fresh;
      return size;
    },
    cellOf,

    lay: (wanted, counts) => {
      const before = { values, seen, cellOf: new Map<OptionInstrument['id'], number>() };
      for (const option of options.values()) before.cellOf.set(option.id, cellOf(option));
      const listed = [...new Set(wanted.map(({ strike }) => strike))].sort((a, b) => a - b);
      strikes = listed.slice(0, MAX_STRIKES);
      rows = new Map(strikes.map((strike, row) => [strike, row]));
      count = strikes.length;
      values = new Float64Array(2 * count * WIDTH).fill(Number.NaN);
      seen = new Uint8Array(2 * count);
      quoted = 0;
      mostQuoted = 0;
      const kept = options;
      options = new Map();
      const moved: [number, number][] = [];
      for (const option of wanted) {
        const cell = cellOf(option);
        if (cell < 0) {
          counts.too_many_strikes++;
          continue;
        }
        options.set(option.id, option);
        const old = before.cellOf.get(option.id);
        const same = kept.get(option.id);
        if (old === undefined || same?.strike !== option.strike || same.side !== option.side) continue;
        values.set(before.values.subarray(old * WIDTH, (old + 1) * WIDTH), cell * WIDTH);
        // Amounts are in contracts: those of another size are so many more or fewer.
        const ratio = (same.lotSize ?? Number.NaN) / (option.lotSize ?? Number.NaN);
        if (ratio > 0 && ratio !== 1) for (const k of AMOUNTS) values[cell * WIDTH + k] *= ratio;
        seen[cell] = before.seen[old];
        quoted += seen[cell];
        moved.push([old, cell]);
      }
      mostQuoted = quoted;
      lateCheck.clear();
      zeros.move(moved);
      openInterestZeros.move(moved);
      changed = quoted > 0;
    },

    take: (cell, quote, nowMs, counts) => {
      const { at, complete, openInterest } = quote;
      const place = cell * WIDTH;
      const instant = values[place + INSTANT];
      if (at < instant && lateCheck.isLate(cell, instant, nowMs)) {
        counts.late++;
        return false;
      }
      const { bid, ask, last, mark } = quote;
      if (bid > ask && ask > 0) counts.crossed++;
      const isEmpty = !(bid > 0 || ask > 0 || last > 0 || mark > 0 || openInterest > 0);
      if (
        isEmpty &&
        (bid === 0 || ask === 0 || last === 0 || mark === 0) &&
        (openInterest === 0 || complete)
      ) {
        if (holdsAnything(place)) {
          counts.zero++;
          zeros.hold(cell, nowMs);
          return false;
        }
      } else if (!isEmpty) zeros.seen(cell);
      if (seen[cell] === 0) {
        seen[cell] = 1;
        quoted++;
        if (quoted > mostQuoted) mostQuoted = quoted;
      }
      if (!Number.isNaN(at)) values[place + INSTANT] = at;
      let differs = put(place + BID, bid, complete, counts);
      differs = put(place + ASK, ask, complete, counts) || differs;
      differs = put(place + LAST, last, complete, counts) || differs;
      differs = put(place + MARK, mark, complete, counts) || differs;
      differs = put(place + BID_SIZE, quote.bidSize, complete, counts) || differs;
      differs = put(place + ASK_SIZE, quote.askSize, complete, counts) || differs;
      const volume = values[place + VOLUME];
      if (quote.volume < volume) volumeFalls++;
      differs = put(place + VOLUME, quote.volume, complete, counts) || differs;
      if (openInterest === 0 && values[place + OPEN_INTEREST] > 0) {
        counts.open_interest_zero++;
        openInterestZeros.hold(cell, nowMs);
      } else {
        if (openInterest > 0) openInterestZeros.seen(cell);
        differs = put(place + OPEN_INTEREST, openInterest, complete, counts) || differs;
      }
      differs = put(place + PREVIOUS_CLOSE, quote.previousClose, complete, counts) || differs;
      if (quote.forward > 0 && quote.forward !== forward && quote.forward < Number.POSITIVE_INFINITY) {
        forward = quote.forward;
        differs = true;
      }
      if (differs) {
        changed = true;
        counts.taken++;
      } else if (at === instant || Number.isNaN(at)) counts.duplicate++;
      return differs;
    },

    reconnected: (cells, nowMs) => {
      for (const cell of cells) {
        quoted -= seen[cell];
        seen[cell] = 0;
      }
      zeros.reconnected(nowMs);
      openInterestZeros.reconnected(nowMs);
    },

    settle: (nowMs) => {
      for (const cell of zeros.settled(nowMs)) zero(cell);
      for (const cell of openInterestZeros.settled(nowMs)) {
        values[cell * WIDTH + OPEN_INTEREST] = 0;
        changed = true;
      }
    },

    copy: () => {
      changed = false;
      const columns = new Float64Array(count * RAW_COLUMNS.length).fill(Number.NaN);
      columns.set(strikes);
      for (let side = 0; side < 2; side++) {
        for (const k of COPIED) {
          const to = (1 + side * WIDTH + k) * count;
          const from = side * count * WIDTH + k;
          for (let row = 0; row < count; row++) columns[to + row] = values[from + row * WIDTH];
        }
      }
      return { count, values: columns };
    },
  };
}
