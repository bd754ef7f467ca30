import {
  createColumns,
  EXPORT_KINDS,
  type ExportNote,
  FLAG_SEPARATOR,
  MAX_SLICE_ROWS,
  QUOTE_COLUMNS,
  type QualityFlag,
  type RawChain,
  SIDES,
  schemaCheck,
  UnderlyingTick,
} from '@deltastream/contracts';
import { BadCell, shown } from '../../tables/cells.ts';
import { notRead, recordedHeader } from './exported-csv.ts';
import { FRAMES_BEGIN, frameOf } from './exported-frames.ts';
import { QUOTED_FIELDS } from './quoted-columns.ts';

/** Rows of a slice that is read; an export's last instant may go beyond what slices have otherwise. */
const MOST_ROWS = 4 * MAX_SLICE_ROWS;
const PIECE_BYTES = 65_536; // Frames that are sent together.

/** Cells [from, to) of a column of a file; `take` is given them part by part with the row of their first. */
export type ReadColumn = (
  column: string,
  from: number,
  to: number,
  take: (cells: ArrayLike<unknown>, row: number) => void,
) => Promise<void>;

/** What a file says of itself where it is an export; null where it says nothing. Throws BadCell where that is not valid. */
function exportNote(text: string, rows: number): ExportNote {
  let note: Partial<ExportNote> | null = null;
  try {
    note = JSON.parse(text);
  } catch {
    // Shown below.
  }
  const { kind, slices } = note ?? {};
  const isNote =
    EXPORT_KINDS.some((each) => each === kind) &&
    Array.isArray(slices) &&
    slices.every((row, i) => Number.isInteger(row) && row >= (i === 0 ? 0 : slices[i - 1]) && row <= rows) &&
    (slices[0] ?? 0) === 0;
  if (isNote) return note as ExportNote;
  throw new BadCell('bad_value', `its note of an export is ${shown(text)}`);
}

/** A file that says that it is an export. */
export interface ExportedFile {
  /** What it says, as text. */
  readonly note: string;
  readonly rows: number;
  readonly read: ReadColumn;
  /** Told of the row up to which everything was read. */
  readonly taken: (row: number) => void;
  readonly refused: (reason: string, cause: unknown) => Error;
}

/**
 * What an exported file holds as frames, in time order, one slice of it in memory. Throws what `refused` makes where it is
 * not as it was written, and of what follows from other exports.
 */
export async function* exportedPieces({
  note,
  rows,
  read,
  taken,
  refused,
}: ExportedFile): AsyncGenerator<Uint8Array> {
  try {
    const { kind, slices } = exportNote(note, rows);
    if (kind === 'bars' || kind === 'summaries') {
      throw new BadCell('bad_value', notRead(kind, kind === 'bars' ? 'ticks' : 'chains'));
    }
    yield new TextEncoder().encode(FRAMES_BEGIN);
    for (const [i, from] of slices.entries()) {
      const to = slices[i + 1] ?? rows;
      if (to - from > MOST_ROWS) {
        throw new BadCell('too_large', `${to - from} rows in a slice of an export, at most ${MOST_ROWS}`);
      }
      const slice = createSlice(read, from, to);
      yield* inPieces(kind === 'ticks' ? await ticksOf(slice) : await chainsOf(slice));
      taken(to);
    }
  } catch (error) {
    throw error instanceof BadCell ? refused(`read as an export, ${error.message}`, error) : error;
  }
}

function* inPieces(frames: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  const joined = () => {
    const piece = new Uint8Array(bytes);
    let at = 0;
    for (const frame of held) {
      piece.set(frame, at);
      at += frame.length;
    }
    held = [];
    bytes = 0;
    return piece;
  };
  for (const frame of frames) {
    held.push(frame);
    bytes += frame.length;
    if (bytes >= PIECE_BYTES) yield joined();
  }
  if (bytes > 0) yield joined();
}

/** Columns of some rows of a file. What is missing is NaN in numbers, an instant and a date among them, and null in texts. */
interface Slice {
  readonly count: number;
  numbers(column: string): Promise<Float64Array>;
  texts(column: string): Promise<readonly (string | null)[]>;
}

function createSlice(read: ReadColumn, from: number, to: number): Slice {
  const count = to - from;
  const wrong = (column: string, row: number, value: unknown): never => {
    throw new BadCell('bad_value', `${column} of row ${row + 1} is ${shown(String(value))}`);
  };
  return {
    count,
    async numbers(column) {
      const values = new Float64Array(count);
      await read(column, from, to, (cells, row) => {
        if (cells instanceof Float64Array) {
          values.set(cells.subarray(Math.max(0, from - row), to - row), Math.max(0, row - from));
          return;
        }
        for (let i = Math.max(0, from - row); i < cells.length && row + i < to; i++) {
          const cell = cells[i];
          const value = cell === null || cell === undefined ? Number.NaN : Number(cell);
          if (Number.isNaN(value) && cell !== null && cell !== undefined) wrong(column, row + i, cell);
          values[row + i - from] = value;
        }
      });
      return values;
    },
    async texts(column) {
      const texts = new Array<string | null>(count).fill(null);
      await read(column, from, to, (cells, row) => {
        for (let i = Math.max(0, from - row); i < cells.length && row + i < to; i++) {
          const cell = cells[i] ?? null;
          if (cell !== null && typeof cell !== 'string') wrong(column, row + i, cell);
          texts[row + i - from] = cell as string | null;
        }
      });
      return texts;
    },
  };
}

const tickCheck = schemaCheck(UnderlyingTick);

async function ticksOf(slice: Slice): Promise<Iterable<Uint8Array>> {
  const timestamp = await slice.numbers('timestamp');
  const product = await slice.texts('product');
  const price = await slice.numbers('price');
  const close = await slice.numbers('previous_close');
  const currency = await slice.texts('currency');
  const source = await slice.texts('source');
  const tickOf = (row: number): UnderlyingTick => {
    const tick = {
      product: product[row],
      timestamp: timestamp[row],
      epoch: '-',
      seq: 0,
      source: source[row],
      currency: currency[row],
      price: price[row],
      previous_close: orNull(close[row]),
      quality: [],
    };
    if (tickCheck.accepts(tick)) return tick;
    const { instancePath, message } = tickCheck.faultOf(tick);
    throw new BadCell('bad_value', `row ${row + 1}: ${instancePath.slice(1)} ${message}`);
  };
  return (function* () {
    for (let row = 0; row < slice.count; row++) yield frameOf(tickOf(row));
  })();
}

/** A chain whose rows come strike by strike: `rows` has the row of the call and of the put of each strike, -1 for none. */
interface Gathered {
  readonly first: number;
  readonly strikes: number[];
  readonly rows: number[];
}

async function chainsOf(slice: Slice): Promise<Iterable<Uint8Array>> {
  const timestamp = await slice.numbers('timestamp');
  const strike = await slice.numbers('strike');
  const expiry = await slice.numbers('expiry');
  const [product, side, currency, source, quality] = await Promise.all(
    ['product', 'side', 'currency', 'source', 'quality'].map(slice.texts),
  );
  const gathered = gather(slice.count, { timestamp, strike, expiry, product, side });
  const quotes: Float64Array[] = [];
  for (const field of QUOTED_FIELDS) quotes.push(await slice.numbers(field));
  const [spot, future, expiryAt, lot, tick] = await Promise.all(
    ['spot_price', 'future', 'expiry_at', 'lot_size', 'price_tick'].map(slice.numbers),
  );

  const chainOf = ({ first, strikes, rows }: Gathered): RawChain => {
    const header = recordedHeader({
      product: product[first] ?? '',
      expiry: dateOf(expiry[first]),
      expiry_at: expiryAt[first],
      timestamp: timestamp[first],
      source: source[first] ?? '',
      currency: currency[first] ?? '',
      spot: orNull(spot[first]),
      future: orNull(future[first]),
      lot_size: orNull(lot[first]),
      price_tick: orNull(tick[first]),
      quality: (quality[first]?.split(FLAG_SEPARATOR) ?? []) as QualityFlag[],
    });
    const columns = createColumns(strikes.length, 'raw');
    columns.values.set(strikes);
    for (let s = 0; s < SIDES.length; s++) {
      for (let c = 0; c < quotes.length; c++) {
        const start = (1 + s * QUOTE_COLUMNS.length + c) * strikes.length;
        for (let i = 0; i < strikes.length; i++) {
          const row = rows[SIDES.length * i + s];
          if (row >= 0) columns.values[start + i] = quotes[c][row];
        }
      }
    }
    return { ...header, epoch: '-', seq: 0, columns };
  };
  return (function* () {
    for (const each of gathered) yield frameOf(chainOf(each));
  })();
}

interface Keys {
  readonly timestamp: Float64Array;
  readonly strike: Float64Array;
  readonly expiry: Float64Array;
  readonly product: readonly (string | null)[];
  readonly side: readonly (string | null)[];
}

/** The chains of rows by contract, in time order. */
function gather(count: number, { timestamp, strike, expiry, product, side }: Keys): Gathered[] {
  const series = new Map<string, Map<number, Gathered>>();
  let chains = new Map<number, Gathered>();
  for (let row = 0; row < count; row++) {
    const isNext = row === 0 || expiry[row] !== expiry[row - 1] || product[row] !== product[row - 1];
    if (isNext) {
      const key = `${product[row]} ${expiry[row]}`;
      chains = series.get(key) ?? new Map();
      series.set(key, chains);
    }
    let chain = chains.get(timestamp[row]);
    if (chain === undefined) {
      chain = { first: row, strikes: [], rows: [] };
      chains.set(timestamp[row], chain);
    }
    const last = chain.strikes.at(-1) ?? Number.NEGATIVE_INFINITY;
    const at = (SIDES as readonly (string | null)[]).indexOf(side[row]);
    if (!(strike[row] >= last) || at < 0) {
      throw new BadCell('bad_value', `row ${row + 1} of a slice has another strike or side than an export`);
    }
    if (strike[row] > last) {
      chain.strikes.push(strike[row]);
      chain.rows.push(-1, -1);
    }
    chain.rows[chain.rows.length - SIDES.length + at] = row;
  }
  return [...series.values()]
    .flatMap((each) => [...each.values()])
    .sort((a, b) => timestamp[a.first] - timestamp[b.first] || a.first - b.first);
}

/** YYYY-MM-DD; empty where it is none. */
function dateOf(epochMs: number): string {
  return Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs).toISOString().slice(0, 10) : '';
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
