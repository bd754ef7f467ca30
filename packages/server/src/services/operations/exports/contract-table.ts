import {
  CONTRACT_FIGURES,
  type ContractFigure,
  type ContractFigureName,
  columnsThrough,
  contractPrice,
  contractPriceSource,
  ENRICHED_COLUMNS,
  type EnrichedChain,
  FIELD_OF_COLUMN,
  PRICE_SOURCES,
  QUOTE_COLUMNS,
  SHOWN_CELL,
  SIDE_COLUMNS,
  SIDES,
} from '@deltastream/contracts/contract-rows';
import { EXPORTED_TABLES, FLAG_SEPARATOR } from '@deltastream/contracts/exported-tables';
import { type Cells, createWords, type TablePart } from './column-table.ts';
import type { RowOrder } from './formats/table-writer.ts';

/** Where each row is from: its chain, the strike's position in it, and its side as a position in `SIDES`. */
interface Rows {
  readonly count: number;
  readonly chain: Uint32Array;
  readonly at: Uint32Array;
  readonly side: Uint8Array;
  readonly starts: number[];
}

/** Position in memory of the first column of a side's quotes, as multiples of a chain's strikes. */
const FIRST_QUOTE = SIDES.map((side) => columnsThrough(SIDE_COLUMNS[side][QUOTE_COLUMNS[0]]) - 1);

/**
 * The rows of chains: one for each contract of which anything is quoted, and one of the call for a strike of which
 * nothing is, so that every strike comes back when the table is read.
 */
export function contractTable(chains: readonly EnrichedChain[], order: RowOrder): TablePart {
  const rows = order === 'time' ? inTime(chains) : byContract(chains);
  const { count: length, starts } = rows;
  const lastMs = chains.reduce((last, { timestamp }) => Math.max(last, timestamp), 0);
  const together = cellsTogether(chains);
  const fills = EXPORTED_TABLES.chains.map(({ name }) => (FILLS[name] ?? figureFill(name))(chains));
  return {
    rows: length,
    lastMs: length === 0 ? null : lastMs,
    starts,
    cells(from, to) {
      const some = someRows(rows, together, from, to);
      return fills.map((fill) => fill(some));
    },
  };
}

/** The cells of all chains in one array: column by column of each, which begins at `starts`. */
interface Together {
  readonly values: Float64Array;
  readonly starts: Int32Array;
  /** Strikes of each. */
  readonly counts: Int32Array;
}

/** As they lie where they share their memory and none has the fewer columns of an older release, otherwise a copy. */
function cellsTogether(chains: readonly EnrichedChain[]): Together {
  const all = chains.map(({ columns }) => columns);
  const counts = Int32Array.from(all, ({ count }) => count);
  const buffer = all[0]?.values.buffer;
  const isComplete = ({ count, values }: EnrichedChain['columns']) =>
    values.buffer === buffer && values.length === count * ENRICHED_COLUMNS.length;
  if (buffer !== undefined && all.every(isComplete)) {
    const bytes = Float64Array.BYTES_PER_ELEMENT;
    const starts = Int32Array.from(all, ({ values }) => values.byteOffset / bytes);
    return { values: new Float64Array(buffer), starts, counts };
  }
  const starts = new Int32Array(all.length);
  let end = 0;
  for (const [i, { count }] of all.entries()) {
    starts[i] = end;
    end += count * ENRICHED_COLUMNS.length;
  }
  const values = new Float64Array(end).fill(Number.NaN);
  for (const [i, each] of all.entries()) values.set(each.values, starts[i]);
  return { values, starts, counts };
}

/** Some rows that follow each other. */
interface SomeRows {
  readonly count: number;
  readonly chain: Uint32Array;
  readonly side: Uint8Array;
  /** Cells of all chains; in them the place of the strike of each row, and how far the columns of its chain lie apart. */
  readonly values: Float64Array;
  readonly place: Int32Array;
  readonly apart: Int32Array;
  /** What was made of them, by the positions of its columns: prices are shown, and used for others. */
  readonly made: Map<readonly number[], Float64Array>;
}

function someRows(rows: Rows, { values, starts, counts }: Together, from: number, to: number): SomeRows {
  const [chain, at] = [rows.chain.subarray(from, to), rows.at.subarray(from, to)];
  const place = new Int32Array(chain.length);
  const apart = new Int32Array(chain.length);
  for (let row = 0; row < chain.length; row++) {
    place[row] = starts[chain[row]] + at[row];
    apart[row] = counts[chain[row]];
  }
  const side = rows.side.subarray(from, to);
  return { count: chain.length, chain, side, values, place, apart, made: new Map() };
}

/** Prepares for some chains what gives the cells of some of their rows. */
type Fill = (chains: readonly EnrichedChain[]) => (rows: SomeRows) => Cells;

const ofChain =
  (value: (chain: EnrichedChain) => number | null): Fill =>
  (chains) => {
    const values = Float64Array.from(chains, (each) => value(each) ?? Number.NaN);
    return ({ count, chain }) => {
      const cells = new Float64Array(count);
      for (let row = 0; row < count; row++) cells[row] = values[chain[row]];
      return cells;
    };
  };

const textOfChain =
  (value: (chain: EnrichedChain) => string | null): Fill =>
  (chains) => {
    const words = createWords();
    const known = Int32Array.from(chains, (each) => words.code(value(each)));
    return ({ count, chain }) => {
      const codes = new Int32Array(count);
      for (let row = 0; row < count; row++) codes[row] = known[chain[row]];
      return { codes, words: words.list };
    };
  };

/** Columns that are not the figure of their name. */
const FILLS: Readonly<Record<string, Fill>> = {
  timestamp: ofChain(({ timestamp }) => timestamp),
  product: textOfChain(({ product }) => product),
  expiry: ofChain(({ expiry }) => Date.parse(expiry)),
  spot_price: ofChain(({ spot }) => spot || null),
  forward: ofChain(({ summary }) => summary.forward),
  strike: () => (rows) => figureCells(STRIKES, rows),
  side:
    () =>
    ({ side }) => ({ codes: new Int32Array(side), words: [...SIDES] }),
  price: (chains) => (rows) => {
    const cells = new Float64Array(rows.count);
    eachQuote(chains, rows, (row, bid, ask, last, mark, tick) => {
      cells[row] = contractPrice(bid, ask, last, mark, tick);
    });
    return cells;
  },
  price_source: (chains) => (rows) => {
    const codes = new Int32Array(rows.count);
    eachQuote(chains, rows, (row, bid, ask, last, mark, tick) => {
      const source = contractPriceSource(bid, ask, last, mark, tick);
      codes[row] = source === null ? -1 : PRICE_SOURCES.indexOf(source);
    });
    return { codes, words: [...PRICE_SOURCES] };
  },
  future: ofChain(({ future }) => future),
  expiry_at: ofChain(({ expiry_at }) => expiry_at),
  lot_size: ofChain(({ lot_size }) => lot_size),
  price_tick: ofChain(({ price_tick }) => price_tick),
  currency: textOfChain(({ currency }) => currency),
  source: textOfChain(({ source }) => source),
  quality: textOfChain(({ quality }) => (quality.length === 0 ? null : quality.join(FLAG_SEPARATOR))),
};

/** Position of the columns of a figure, call and put, as multiples of a chain's strikes. */
const POSITIONS: ReadonlyMap<string, readonly number[]> = new Map(
  SIDES.flatMap((side) =>
    [...FIELD_OF_COLUMN].flatMap(([source, field]) =>
      field.side === side ? [[field.field, columnsThrough(source) - 1] as const] : [],
    ),
  ).reduce(
    (found, [name, position]) => found.set(name, [...(found.get(name) ?? []), position]),
    new Map<string, number[]>(),
  ),
);
/** Of the first column, which both sides share. */
const STRIKES = SIDES.map(() => 0);

/** The cells of a figure, whose columns have these positions by side. */
function figureCells(positions: readonly number[], rows: SomeRows): Float64Array {
  const known = rows.made.get(positions);
  if (known !== undefined) return known;
  const { count, values, place, apart, side } = rows;
  const cells = new Float64Array(count);
  for (let row = 0; row < count; row++) cells[row] = values[place[row] + positions[side[row]] * apart[row]];
  rows.made.set(positions, cells);
  return cells;
}

function figureFill(name: string): Fill {
  const positions = POSITIONS.get(name) as readonly number[];
  const figure: ContractFigure = CONTRACT_FIGURES[name as ContractFigureName];
  if (typeof figure.value === 'string') return () => (rows) => figureCells(positions, rows);
  const shown = SHOWN_CELL[name as keyof typeof SHOWN_CELL];
  const words = createWords();
  const known = figure.value.map((_, code) => words.code(shown(code) as string | null));
  const without = words.code(shown(Number.NaN) as string | null);
  return () => (rows) => {
    const cells = figureCells(positions, rows);
    const codes = new Int32Array(rows.count);
    for (let row = 0; row < codes.length; row++) codes[row] = known[cells[row]] ?? without;
    return { codes, words: words.list };
  };
}

type Quote = Parameters<typeof contractPrice>;
const PRICES = ['bid', 'ask', 'last_price', 'mark_price'].map(
  (name) => POSITIONS.get(name) as readonly number[],
);

function eachQuote(
  chains: readonly EnrichedChain[],
  rows: SomeRows,
  use: (row: number, ...quote: Quote) => void,
): void {
  const [bid, ask, last, mark] = PRICES.map((positions) => figureCells(positions, rows));
  for (let row = 0; row < rows.count; row++) {
    use(row, bid[row], ask[row], last[row], mark[row], chains[rows.chain[row]].price_tick);
  }
}

/** Bit 0: the call of a strike has a row; bit 1: its put. */
function sidesAt({ columns }: EnrichedChain, at: number): number {
  const { count, values } = columns;
  let found = 0;
  for (let side = 0; side < SIDES.length; side++) {
    for (let i = 0, cell = FIRST_QUOTE[side] * count + at; i < QUOTE_COLUMNS.length; i++, cell += count) {
      if (Number.isNaN(values[cell])) continue;
      found |= 1 << side;
      break;
    }
  }
  return found === 0 ? 1 : found;
}

function createRows(chains: readonly EnrichedChain[]) {
  const most = chains.reduce((sum, { columns }) => sum + SIDES.length * columns.count, 0);
  const chain = new Uint32Array(most);
  const at = new Uint32Array(most);
  const side = new Uint8Array(most);
  const starts: number[] = [];
  let count = 0;
  return {
    begin: () => starts.push(count),
    add(ofChain: number, position: number, ofSide: number) {
      chain[count] = ofChain;
      at[count] = position;
      side[count] = ofSide;
      count += 1;
    },
    done: (): Rows => ({ count, chain, at, side, starts }),
  };
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function inTime(chains: readonly EnrichedChain[]): Rows {
  const rows = createRows(chains);
  const order = chains
    .map((_, index) => index)
    .sort((a, b) => {
      const [x, y] = [chains[a], chains[b]];
      return x.timestamp - y.timestamp || compare(x.product, y.product) || compare(x.expiry, y.expiry);
    });
  for (const index of order) {
    rows.begin();
    for (let at = 0; at < chains[index].columns.count; at++) {
      const sides = sidesAt(chains[index], at);
      for (let side = 0; side < SIDES.length; side++) if (sides & (1 << side)) rows.add(index, at, side);
    }
  }
  return rows.done();
}

function byContract(chains: readonly EnrichedChain[]): Rows {
  const rows = createRows(chains);
  const series = Map.groupBy(chains.keys(), (index) => `${chains[index].product} ${chains[index].expiry}`);
  for (const key of [...series.keys()].sort(compare)) {
    const members = (series.get(key) as number[]).sort((a, b) => chains[a].timestamp - chains[b].timestamp);
    /** Of each strike the chains that have it and its position there, in time order. */
    const strikes = new Map<number, number[]>();
    for (const index of members) {
      const { count, values } = chains[index].columns;
      for (let at = 0; at < count; at++) {
        const known = strikes.get(values[at]);
        if (known === undefined) strikes.set(values[at], [index, at]);
        else known.push(index, at);
      }
    }
    for (const strike of [...strikes.keys()].sort((a, b) => a - b)) {
      const places = strikes.get(strike) as number[];
      rows.begin();
      for (let side = 0; side < SIDES.length; side++) {
        for (let i = 0; i < places.length; i += 2) {
          if (sidesAt(chains[places[i]], places[i + 1]) & (1 << side))
            rows.add(places[i], places[i + 1], side);
        }
      }
    }
  }
  return rows.done();
}
