import {
  ChainHeader,
  EXPORTED_TABLES,
  FLAG_SEPARATOR,
  QUOTE_COLUMNS,
  type QualityFlag,
  quotedHeader,
  SIDES,
  type Side,
  schemaCheck,
} from '@deltastream/contracts';
import { productInfo } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder, type Quote } from '../../chains/chain-builder.ts';
import { type Reading, rejected } from '../../chains/reading.ts';
import type { Stream, StreamFormat } from '../../pages/stream-format.ts';
import type { Where } from '../../source.ts';
import { amountCell, BadCell, quoteInstant, shown, sideCell, strikeCell, words } from '../../tables/cells.ts';
import { createRowCells, csvColumns, firstInstant, type RowCells } from '../../tables/csv-row.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { brokenOff, textLines } from '../../tables/text-lines.ts';
import { type Bounds, beyondLimit } from '../../transport/recording-limits.ts';
import { CHAIN_FIELDS, EXPORTED_UNITS, QUOTED_FIELDS } from './quoted-columns.ts';

const SIDE_OF = words<Side>(Object.fromEntries(SIDES.map((side) => [side, side])));
const headerCheck = schemaCheck(ChainHeader);
/** Texts that an export disarms begin with an apostrophe before one of these. */
const DISARMED = /^'(?=[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20])/;

/** What a table's rows become, in the order in which they come. */
interface Rows {
  /** What is complete before a row of this instant. */
  before(timestamp: number): Iterable<Reading>;
  /** Throws BadCell. */
  add(cells: RowCells, timestamp: number): void;
}

/** Where the columns of a table are, by name. */
type Places = Readonly<Record<string, number>>;
type RowsOf = (at: Places, limits: Bounds) => Rows;

/** Contracts as they are exported, in time order: quotes, and what their chain says. Figures are not read. */
export const exportedChains = exportedCsv(
  'chains',
  [...CHAIN_FIELDS, 'strike', 'side', ...QUOTED_FIELDS],
  chainRows,
);

/** Prices of underlyings as they are exported. */
export const exportedTicks = exportedCsv(
  'ticks',
  EXPORTED_TABLES.ticks.map(({ name }) => name),
  tickRows,
);

function exportedCsv(kind: string, columns: readonly string[], rowsOf: RowsOf): StreamFormat {
  const stream: Stream = {
    timeOf: (head) => {
      const { at, width } = csvColumns(head, columns);
      return firstInstant(head, (cells) =>
        cells.length < width ? Number.NaN : instantCell(cells[at.timestamp], 'timestamp'),
      );
    },
    read: (chunks, where, limits) => readRows(chunks, where, columns, (at) => rowsOf(at, limits)),
  };
  const name = `DeltaStream export of ${kind} (CSV)`;
  return { name, units: EXPORTED_UNITS, ...tableHeader(columns), open: () => stream };
}

/** Exports of what follows from chains and ticks. */
export const EXPORTS_NOT_READ: readonly StreamFormat[] = (['bars', 'summaries'] as const).map((kind) => {
  const from = kind === 'bars' ? 'ticks' : 'chains';
  return {
    name: `DeltaStream export of ${kind} (CSV)`,
    units: EXPORTED_UNITS,
    ...tableHeader(EXPORTED_TABLES[kind].map(({ name }) => name)),
    open: () => {
      throw new BadCell('bad_value', notRead(kind, from));
    },
  };
});

/** Why an export of what follows from others is not read, and what to do. */
export const notRead = (kind: string, from: string): string =>
  `it holds ${kind}, which are computed from ${from}: export ${from} of the same range, and import those`;

async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  where: Where,
  columns: readonly string[],
  rowsOf: (at: Places) => Rows,
): AsyncGenerator<Reading> {
  let table: { readonly rows: Rows; readonly cells: RowCells; readonly timeAt: number } | null = null;
  let newest = Number.NEGATIVE_INFINITY;
  let text = '';
  let timestamp = Number.NaN;

  for await (const batch of textLines(chunks)) {
    if (batch.kind === 'broken_off') {
      if (table !== null) yield* table.rows.before(Number.POSITIVE_INFINITY);
      yield brokenOff(batch, where);
      return;
    }
    for (let i = 0; i < batch.lines.length; i++) {
      const line = batch.lines[i];
      if (table === null) {
        const { at, width } = csvColumns(line, columns);
        table = { rows: rowsOf(at), cells: createRowCells(width), timeAt: at.timestamp };
        continue;
      }
      if (line === '') continue;
      const { rows, cells, timeAt } = table;
      try {
        cells.take(line);
        const given = cells.text(timeAt);
        if (given !== text) {
          timestamp = quoteInstant(instantCell(given, 'timestamp'));
          text = given;
        }
        if (timestamp < newest) {
          const [now, passed] = [timestamp, newest].map((each) => new Date(each).toISOString());
          throw new BadCell('out_of_order', `${now} is before ${passed}, already passed`);
        }
        if (timestamp > newest) yield* rows.before(timestamp);
        newest = timestamp;
        rows.add(cells, timestamp);
      } catch (error) {
        yield rejected(error, { ...where, line: batch.first + i });
      }
    }
  }
  if (table !== null) yield* table.rows.before(Number.POSITIVE_INFINITY);
}

function tickRows(at: Places): Rows {
  let ticks: Reading[] = [];
  return {
    before: () => {
      const complete = ticks;
      ticks = [];
      return complete;
    },
    add(cells, timestamp) {
      const text = (column: string) => cells.text(at[column]);
      ticks.push({
        kind: 'tick',
        tick: {
          product: text('product'),
          timestamp,
          currency: text('currency'),
          source: textCell(text('source')),
          price: strikeCell(text('price'), 'price'),
          previous_close: orNull(amountCell(text('previous_close'), 'previous_close')),
          quality: [],
        },
      });
    },
  };
}

type Recorded = Omit<ChainHeader, 'epoch' | 'seq'>;

function chainRows(at: Places, limits: Bounds): Rows {
  const quoted = QUOTED_FIELDS.map((name, i) => ({ name, place: at[name], column: QUOTE_COLUMNS[i] }));
  const [productAt, expiryAt, strikeAt, sideAt] = [at.product, at.expiry, at.strike, at.side];
  let chains = new Map<string, { readonly header: Recorded; readonly builder: ChainBuilder }>();
  let rows = 0;
  return {
    *before() {
      const complete = chains;
      chains = new Map();
      rows = 0;
      for (const { header, builder } of complete.values()) {
        const chain = { ...header, columns: builder.build() };
        yield { kind: 'chain', chain, exchange: null, volume: 'session' };
      }
    },
    add(cells, timestamp) {
      rows += 1;
      if (rows > limits.maxPageItems) {
        throw new BadCell('too_large', beyondLimit(limits, 'maxPageItems', `${rows} rows of one instant`));
      }
      const key = `${cells.text(productAt)} ${cells.text(expiryAt)}`;
      let chain = chains.get(key);
      if (chain === undefined) {
        chain = { header: headerOf(cells, at, timestamp), builder: createChainBuilder() };
        chains.set(key, chain);
      }
      const quote: Quote = {};
      for (const { name, place, column } of quoted) quote[column] = cells.number(place, name);
      const side = sideCell(SIDE_OF, cells.text(sideAt), 'side', SIDES.join(' or '));
      const strike = cells.number(strikeAt, 'strike');
      chain.builder.add(strike > 0 ? strike : strikeCell(cells.text(strikeAt), 'strike'), side, quote);
    },
  };
}

/** What every row of a chain says of it. Throws BadCell. */
function headerOf(cells: RowCells, at: Places, timestamp: number): Recorded {
  const text = (name: string) => cells.text(at[name]);
  const number = (name: string) => orNull(cells.number(at[name], name));
  const header = {
    product: text('product'),
    expiry: text('expiry'),
    expiry_at: instantCell(text('expiry_at'), 'expiry_at'),
    timestamp,
    source: textCell(text('source')),
    currency: text('currency'),
    spot: number('spot_price'),
    future: number('future'),
    lot_size: number('lot_size'),
    price_tick: number('price_tick'),
    quality: (text('quality') === '' ? [] : text('quality').split(FLAG_SEPARATOR)) as QualityFlag[],
  };
  return recordedHeader(header);
}

/** A header that is one, as its feed gave it. Throws BadCell. */
export function recordedHeader(header: Recorded): Recorded {
  const complete = { ...header, epoch: '-', seq: 0 };
  if (headerCheck.accepts(complete)) return quotedHeader(header, productInfo(header.product) !== null);
  const { instancePath, message } = headerCheck.faultOf(complete);
  throw new BadCell('bad_value', `${instancePath.split('/')[1] ?? 'row'} ${message}`);
}

function instantCell(text: string, column: string): number {
  const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(at)) return at;
  throw new BadCell(
    'bad_timestamp',
    `${column} is ${shown(text)}, expected an instant in UTC such as 2026-08-19T05:57:00.000Z`,
  );
}

const textCell = (text: string): string => text.replace(DISARMED, '');

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);
