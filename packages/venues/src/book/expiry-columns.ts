import { type ChainColumns, MAX_STRIKES, QUOTE_COLUMNS, RAW_COLUMNS } from '@deltastream/contracts';
import type { OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import type { QuoteCounts } from './quote-counts.ts';
import { createZeroHold, type ZeroHold } from './zero-hold.ts';

/** The newest quotes of the contracts of one expiry, as columns by strike that lie as those of a raw chain. */
export interface ExpiryColumns {
  readonly options: ReadonlyMap<OptionInstrument['id'], OptionInstrument>;
  /** Differs from what was copied last. */
  readonly changed: boolean;
  /** Contracts quoted since the connection was made, and the most so far. */
  readonly quoted: number;
  readonly mostQuoted: number;
  /** Falls of volume since the last call of `takeVolumeFalls`. */
  takeVolumeFalls(): number;
  /** The expiry's forward as its options say it; NaN: they do not. */
  readonly forward: number;
  /** Zeros of all prices, and of open interest, that are held back. */
  readonly zeros: ZeroHold;
  readonly openInterestZeros: ZeroHold;
  /** Lays the contracts out anew; quotes of those that stay are kept. What is beyond the strikes allowed is left out. */
  lay(options: readonly OptionInstrument[], counts: QuoteCounts): void;
  /** Takes a quote of the contract in a cell that `cellOf` gave; true where it changed something. */
  take(cell: number, quote: InstrumentQuote, nowMs: number, counts: QuoteCounts): boolean;
  /** Where quotes of a contract go; it holds until contracts are laid out anew. -1: it is not among them. */
  cellOf(option: OptionInstrument): number;
  reconnected(nowMs: number): void;
  /** Takes the zeros that turned out to be true. */
  settle(): void;
  copy(): ChainColumns;
}

const WIDTH = QUOTE_COLUMNS.length;
const [BID, ASK, LAST, MARK, BID_SIZE, ASK_SIZE, VOLUME, OPEN_INTEREST, PREVIOUS_CLOSE] = (
  ['bid', 'ask', 'last', 'mark', 'bid_size', 'ask_size', 'volume', 'open_interest', 'previous_close'] as const
).map((name) => QUOTE_COLUMNS.indexOf(name));
const PRICES = [BID, ASK, LAST, MARK] as const;

/**
 * `take` costs no allocation. A cell is `side * count + row`: its column k is at `values[(1 + side * WIDTH + k) * count + row]`.
 */
export function createExpiryColumns(): ExpiryColumns {
  let count = 0;
  let values = new Float64Array(0);
  /** Instants of the venue, and whether it was quoted since the connection was made, by cell. */
  let instants = new Float64Array(0);
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

  /** Of column 0 of a cell; column k is `k * count` further. */
  const placeOf = (cell: number) => (cell < count ? count + cell : (1 + WIDTH) * count + cell - count);
  const cellOf = ({ strike, side }: OptionInstrument) => {
    const row = rows.get(strike);
    return row === undefined ? -1 : side === 'call' ? row : count + row;
  };

  function put(at: number, value: number, whole: boolean, counts: QuoteCounts): boolean {
    const isGiven = !Number.isNaN(value);
    if (isGiven && !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
      counts.bad_value++;
      return false;
    }
    const held = values[at];
    if (!isGiven && (!whole || Number.isNaN(held))) return false;
    if (held === value) return false;
    values[at] = value;
    return true;
  }

  function holdsAnything(place: number): boolean {
    for (const k of PRICES) if (values[place + k * count] > 0) return true;
    return values[place + OPEN_INTEREST * count] > 0;
  }

  function zero(cell: number): void {
    const place = placeOf(cell);
    for (const k of PRICES) if (values[place + k * count] > 0) values[place + k * count] = 0;
    if (values[place + OPEN_INTEREST * count] > 0) values[place + OPEN_INTEREST * count] = 0;
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
    cellOf,

    lay: (wanted, counts) => {
      const before = { count, values, instants, seen, cellOf: new Map<OptionInstrument['id'], number>() };
      for (const option of options.values()) before.cellOf.set(option.id, cellOf(option));
      const strikes = [...new Set(wanted.map(({ strike }) => strike))].sort((a, b) => a - b);
      const taken = strikes.slice(0, MAX_STRIKES);
      const beforePlace = (cell: number) =>
        cell < before.count ? before.count + cell : (1 + WIDTH) * before.count + cell - before.count;
      rows = new Map(taken.map((strike, row) => [strike, row]));
      count = taken.length;
      values = new Float64Array(count * RAW_COLUMNS.length).fill(Number.NaN);
      instants = new Float64Array(2 * count).fill(Number.NaN);
      seen = new Uint8Array(2 * count);
      values.set(taken);
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
        for (let k = 0; k < WIDTH; k++) {
          values[placeOf(cell) + k * count] = before.values[beforePlace(old) + k * before.count];
        }
        instants[cell] = before.instants[old];
        seen[cell] = before.seen[old];
        quoted += seen[cell];
        moved.push([old, cell]);
      }
      mostQuoted = quoted;
      zeros.move(moved);
      openInterestZeros.move(moved);
      changed = quoted > 0;
    },

    take: (cell, quote, nowMs, counts) => {
      const { at, whole, openInterest } = quote;
      const instant = instants[cell];
      if (at < instant) {
        counts.late++;
        return false;
      }
      const place = placeOf(cell);
      const { bid, ask, last, mark } = quote;
      if (bid > ask && ask > 0) counts.crossed++;
      const isEmpty = !(bid > 0 || ask > 0 || last > 0 || mark > 0 || openInterest > 0);
      if (isEmpty && (bid === 0 || ask === 0 || last === 0 || mark === 0) && (openInterest === 0 || whole)) {
        if (holdsAnything(place)) {
          counts.zero++;
          zeros.hold(cell, nowMs);
          return false;
        }
      } else if (!isEmpty) zeros.seen(cell, nowMs);
      if (seen[cell] === 0) {
        seen[cell] = 1;
        quoted++;
        if (quoted > mostQuoted) mostQuoted = quoted;
      }
      if (!Number.isNaN(at)) instants[cell] = at;
      let differs = put(place + BID * count, bid, whole, counts);
      differs = put(place + ASK * count, ask, whole, counts) || differs;
      differs = put(place + LAST * count, last, whole, counts) || differs;
      differs = put(place + MARK * count, mark, whole, counts) || differs;
      differs = put(place + BID_SIZE * count, quote.bidSize, whole, counts) || differs;
      differs = put(place + ASK_SIZE * count, quote.askSize, whole, counts) || differs;
      const volume = values[place + VOLUME * count];
      if (quote.volume < volume) volumeFalls++;
      differs = put(place + VOLUME * count, quote.volume, whole, counts) || differs;
      if (openInterest === 0 && values[place + OPEN_INTEREST * count] > 0) {
        counts.open_interest_zero++;
        openInterestZeros.hold(cell, nowMs);
      } else {
        if (openInterest > 0) openInterestZeros.seen(cell, nowMs);
        differs = put(place + OPEN_INTEREST * count, openInterest, whole, counts) || differs;
      }
      differs = put(place + PREVIOUS_CLOSE * count, quote.previousClose, whole, counts) || differs;
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

    reconnected: (nowMs) => {
      seen.fill(0);
      quoted = 0;
      zeros.reconnected(nowMs);
      openInterestZeros.reconnected(nowMs);
    },

    settle: () => {
      for (const cell of zeros.settled()) zero(cell);
      for (const cell of openInterestZeros.settled()) {
        values[placeOf(cell) + OPEN_INTEREST * count] = 0;
        changed = true;
      }
    },

    copy: () => {
      changed = false;
      return { count, values: values.slice() };
    },
  };
}
