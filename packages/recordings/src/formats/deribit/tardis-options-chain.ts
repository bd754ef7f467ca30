import { type Reading, rejected } from '../../chains/reading.ts';
import type { StreamFormat } from '../../pages/stream-format.ts';
import type { Where } from '../../source.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../tables/cells.ts';
import { csvColumns, csvRowOf, firstInstant } from '../../tables/csv-row.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { brokenOff, textLines } from '../../tables/text-lines.ts';
import type { Bounds } from '../../transport/recording-limits.ts';
import { createQuoteBook } from './quote-book.ts';
import { createTickerReader, type OptionTicker } from './ticker-reader.ts';

const COLUMNS = [
  'exchange',
  'symbol',
  'timestamp',
  'local_timestamp',
  'type',
  'strike_price',
  'expiration',
  'open_interest',
  'last_price',
  'bid_price',
  'bid_amount',
  'ask_price',
  'ask_amount',
  'mark_price',
  'underlying_price',
] as const;

type Cell = (column: (typeof COLUMNS)[number]) => string;

/**
 * The `options_chain` data set of Tardis: every change of every option of Deribit, in the order in which it was
 * received. A chain is what is known of an expiry by then, once per second of `timestamp`, the venue's own, with
 * a change; times are microseconds. Premiums of inverse options are in coin and are converted with
 * `underlying_price`, the forward of their row; open interest and amounts are as the venue gives them. The venue's
 * mark price goes to `mark`; its IV and greeks are not read. There is no volume and no index price. Read as it
 * comes, of any size: the newest row of every contract that has not expired is in memory.
 */
export const tardisOptionsChain: StreamFormat = {
  name: 'Tardis options_chain CSV (exchange,symbol,timestamp,local_timestamp,type,strike_price,...)',
  units: 'amounts in contracts; inverse premiums in coin, times the price of the underlying',
  ...tableHeader(COLUMNS),
  open: () => ({
    timeOf: (head) => {
      const { at } = csvColumns(head, COLUMNS);
      return firstInstant(head, (cells) => milliseconds(cells[at.timestamp] ?? '', 'timestamp'));
    },
    read: readRows,
  }),
};

async function* readRows(
  chunks: AsyncIterable<Uint8Array>,
  where: Where,
  limits: Bounds,
): AsyncGenerator<Reading> {
  const book = createQuoteBook(limits);
  const readTicker = createTickerReader();
  let header: ReturnType<typeof csvColumns<(typeof COLUMNS)[number]>> | null = null;
  /** Rows are in the order of their receipt: where the venue's time goes back, the later time stays. */
  let latest = Number.NEGATIVE_INFINITY;
  for await (const batch of textLines(chunks)) {
    if (batch.kind === 'broken_off') {
      yield* book.rest();
      yield brokenOff(batch, where);
      return;
    }
    for (let i = 0; i < batch.lines.length; i++) {
      const text = batch.lines[i];
      if (!header) {
        header = csvColumns(text, COLUMNS);
        continue;
      }
      if (text === '') continue;
      const { at, width } = header;
      try {
        const cells = csvRowOf(width, text);
        const ticker = tickerOf((column) => cells[at[column]], latest, readTicker);
        latest = ticker.timestamp;
        yield* book.add(ticker);
      } catch (error) {
        yield rejected(error, { ...where, line: batch.first + i });
      }
    }
  }
  yield* book.rest();
}

function tickerOf(
  cell: Cell,
  notBefore: number,
  readTicker: ReturnType<typeof createTickerReader>,
): OptionTicker {
  if (cell('exchange') !== 'deribit') {
    throw new BadCell('bad_value', `exchange is ${shown(cell('exchange'))}, expected deribit`);
  }
  const price = (column: Parameters<Cell>[0]) => priceCell(cell(column), column);
  const amount = (column: Parameters<Cell>[0]) => amountCell(cell(column), column);
  const ticker = readTicker({
    name: cell('symbol'),
    timestamp: Math.max(notBefore, milliseconds(cell('timestamp'), 'timestamp')),
    forward: strikeCell(cell('underlying_price'), 'underlying_price'),
    spot: Number.NaN,
    prices: {
      bid: price('bid_price'),
      ask: price('ask_price'),
      last: price('last_price'),
      mark: price('mark_price'),
    },
    amounts: {
      bid_size: amount('bid_amount'),
      ask_size: amount('ask_amount'),
      open_interest: amount('open_interest'),
    },
  });
  if (!ticker)
    throw new BadCell('bad_value', `symbol is ${shown(cell('symbol'))}, expected that of an option`);
  if (cell('type') !== ticker.side) {
    throw new BadCell('unknown_option_type', `type is ${shown(cell('type'))}, expected ${ticker.side}`);
  }
  if (numberCell(cell('strike_price'), 'strike_price') !== ticker.strike) {
    throw new BadCell(
      'bad_value',
      `strike_price is ${shown(cell('strike_price'))}, not that of ${shown(cell('symbol'))}`,
    );
  }
  return ticker;
}

/** Epoch ms of epoch microseconds. Throws BadCell. */
function milliseconds(text: string, column: string): number {
  if (/^\d{16}$/.test(text)) return Math.floor(Number(text) / 1000);
  throw new BadCell('bad_timestamp', `${column} is ${shown(text)}, expected microseconds`);
}
