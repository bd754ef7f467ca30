import {
  CONTRACT_FIGURES,
  type ContractFigure,
  type ContractFigureName,
  columnsThrough,
  contractPrice,
  contractPriceSource,
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

/**
 * `time`: by instant, product, expiry, strike and side, as a reader of the stream wants them. `contract`: by product,
 * expiry, strike, side and instant, so that the rows of one contract lie together.
 */
export type RowOrder = 'time' | 'contract';

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
  const fills = EXPORTED_TABLES.chains.map(({ name }) => (FILLS[name] ?? figureFill(name))(chains));
  return {
    rows: length,
    lastMs: length === 0 ? null : lastMs,
    starts,
    cells(from, to) {
      const some = {
        count: to - from,
        chain: rows.chain.subarray(from, to),
        at: rows.at.subarray(from, to),
        side: rows.side.subarray(from, to),
      };
      return fills.map((fill) => fill(some));
    },
  };
}

type SomeRows = Omit<Rows, 'starts'>;
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
  strike:
    (chains) =>
    ({ count, chain, at }) => {
      const cells = new Float64Array(count);
      for (let row = 0; row < count; row++) cells[row] = chains[chain[row]].columns.values[at[row]];
      return cells;
    },
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

/** Prepares the cells of a figure: of a contract they lie in as many places as there are chains. */
function cellsOf(
  positions: readonly number[],
  chains: readonly EnrichedChain[],
): (rows: SomeRows) => Float64Array {
  const values = chains.map(({ columns }) => columns.values);
  const counts = Int32Array.from(chains, ({ columns }) => columns.count);
  return ({ count, chain, at, side }) => {
    const cells = new Float64Array(count);
    for (let row = 0; row < count; row++) {
      const index = chain[row];
      // Beyond the columns of an older release: undefined, which is NaN here.
      cells[row] = values[index][positions[side[row]] * counts[index] + at[row]];
    }
    return cells;
  };
}

function figureFill(name: string): Fill {
  const positions = POSITIONS.get(name) as readonly number[];
  const figure: ContractFigure = CONTRACT_FIGURES[name as ContractFigureName];
  if (typeof figure.value === 'string') return (chains) => cellsOf(positions, chains);
  const shown = SHOWN_CELL[name as keyof typeof SHOWN_CELL];
  const words = createWords();
  const known = figure.value.map((_, code) => words.code(shown(code) as string | null));
  const without = words.code(shown(Number.NaN) as string | null);
  return (chains) => {
    const cellsIn = cellsOf(positions, chains);
    return (rows) => {
      const cells = cellsIn(rows);
      const codes = new Int32Array(rows.count);
      for (let row = 0; row < codes.length; row++) codes[row] = known[cells[row]] ?? without;
      return { codes, words: words.list };
    };
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
  const [bid, ask, last, mark] = PRICES.map((positions) => cellsOf(positions, chains)(rows));
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
