import { exchangeDate, listedOn, quotedAt } from '@deltastream/reference';
import { type ChainBuilder, createChainBuilder } from '../../chains/chain-builder.ts';
import { chainReading } from '../../chains/chain-reading.ts';
import { listedLot } from '../../chains/lots.ts';
import { previousCloseOf } from '../../chains/previous-close.ts';
import { rejected } from '../../chains/reading.ts';
import {
  isTurn,
  type Page,
  type PageFormat,
  type PagePart,
  type PageReadings,
} from '../../pages/page-format.ts';
import { timeInName } from '../../pages/recorded-name.ts';
import { amountCell, BadCell, numberCell, priceCell, shown, strikeCell } from '../../tables/cells.ts';
import { csvColumns, csvRowOf } from '../../tables/csv-row.ts';
import { tableHeader } from '../../tables/mismatch.ts';
import { occContract } from './occ-symbol.ts';

const COLUMNS = [
  'contractSymbol',
  'lastTradeDate',
  'strike',
  'lastPrice',
  'bid',
  'ask',
  'change',
  'volume',
  'openInterest',
  'impliedVolatility',
  'inTheMoney',
] as const;
const HEADER = tableHeader(COLUMNS);
const instantOfName = timeInName('US');

interface Chain {
  readonly root: string;
  readonly expiry: string;
  readonly builder: ChainBuilder;
}

/**
 * `Ticker(...).option_chain(...).calls.to_csv()` of yfinance, and `.puts`: apart, then those of one instant belong
 * together, or one behind the other with the header repeated. Product, expiry, side and strike stand in the OCC
 * symbol. When it was taken stands nowhere: the file's name or the setting says it, and outside a session the
 * instant is the close of the last one, as nothing moved since. Amounts are in contracts; the price of the
 * underlying is not given. The IV column is not read.
 */
export const yfinanceChainPage: PageFormat = {
  name: 'yfinance option chain CSV (contractSymbol,lastTradeDate,strike,...)',
  units: 'open interest and volume in contracts',
  ...HEADER,
  timeOf: (path) => quotedAt('US', instantOfName(path)),
  companionOf: (file) => {
    const other = file.replace(/calls|puts/, (side) => (side === 'calls' ? 'puts' : 'calls'));
    return other === file ? null : other;
  },
  joinsPages: true,
  reader: () => readPage,
};

function* readPage({ text, where, timestamp, companion, parts }: Page): PageReadings {
  const chains = new Map<string, Chain>();
  const beside = companion !== null && HEADER.matches(companion.text) ? [companion] : [];
  for (const part of [{ text, where }, ...parts, ...beside]) yield* addRows(part, timestamp, chains);
  for (const [, { root, expiry, builder }] of [...chains].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const listing = listedOn('US', root);
    const lot = listedLot(listing, expiry, timestamp);
    yield chainReading({
      listing,
      expiry,
      timestamp,
      spot: Number.NaN,
      lot,
      columns: builder.build(),
    });
  }
}

function* addRows({ text, where }: PagePart, timestamp: number, chains: Map<string, Chain>): PageReadings {
  const lines = text.split(/\r?\n/);
  let header = csvColumns(lines[0], COLUMNS);
  for (let i = 1; i < lines.length; i++) {
    if (isTurn(i)) yield null;
    if (lines[i] === '') continue;
    if (HEADER.matches(lines[i])) {
      header = csvColumns(lines[i], COLUMNS);
      continue;
    }
    const { at, width } = header;
    try {
      const cells = csvRowOf(width, lines[i]);
      addRow(chains, timestamp, (column) => cells[at[column]]);
    } catch (error) {
      yield rejected(error, { ...where, line: i + 1 });
    }
  }
}

function addRow(
  chains: Map<string, Chain>,
  timestamp: number,
  cell: (column: (typeof COLUMNS)[number]) => string,
): void {
  const { root, expiry, side, strike } = occContract(cell('contractSymbol'), 'contractSymbol');
  if (strikeCell(cell('strike'), 'strike') !== strike) {
    throw new BadCell(
      'bad_value',
      `strike is ${shown(cell('strike'))}, not that of ${cell('contractSymbol')}`,
    );
  }
  if (expiry < exchangeDate('US', timestamp)) {
    throw new BadCell('expired', `expiry ${expiry} is before the instant of the page`);
  }
  const last = priceCell(cell('lastPrice'), 'lastPrice');
  const quote = {
    bid: priceCell(cell('bid'), 'bid'),
    ask: priceCell(cell('ask'), 'ask'),
    last,
    volume: amountCell(cell('volume'), 'volume'),
    open_interest: amountCell(cell('openInterest'), 'openInterest'),
    previous_close: previousCloseOf(last, numberCell(cell('change'), 'change')),
  };
  const key = `${root} ${expiry}`;
  const chain = chains.get(key) ?? { root, expiry, builder: createChainBuilder() };
  chain.builder.add(strike, side, quote);
  chains.set(key, chain);
}
