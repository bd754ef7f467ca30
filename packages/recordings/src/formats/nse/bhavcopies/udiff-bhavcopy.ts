import type { Side } from '@deltastream/contracts';
import { closeOn, type Exchange, listedOn } from '@deltastream/reference';
import { createEndOfDay, type EndOfDay } from '../../../chains/end-of-day.ts';
import type { Page, PageFormat, PageReadings } from '../../../pages/page-format.ts';
import { pageRows } from '../../../pages/page-rows.ts';
import {
  amountCell,
  BadCell,
  dateCell,
  lotCell,
  numberCell,
  priceCell,
  sideCell,
  strikeCell,
  wordCell,
  words,
} from '../../../tables/cells.ts';
import { csvColumns, firstInstant } from '../../../tables/csv-row.ts';
import { tableHeader } from '../../../tables/mismatch.ts';

const COLUMNS = [
  'TradDt',
  'Src',
  'FinInstrmTp',
  'TckrSymb',
  'XpryDt',
  'FininstrmActlXpryDt',
  'StrkPric',
  'OptnTp',
  'ClsPric',
  'PrvsClsgPric',
  'UndrlygPric',
  'SttlmPric',
  'OpnIntrst',
  'ChngInOpnIntrst',
  'TtlTradgVol',
  'NewBrdLotQty',
] as const;

type Cell = (column: (typeof COLUMNS)[number]) => string;

const KIND_OF = words<'option' | 'future'>({
  IDO: 'option',
  STO: 'option',
  IDF: 'future',
  STF: 'future',
});
const SIDE_OF = words<Side>({ CE: 'call', PE: 'put' });
const EXCHANGES = words<Exchange>({ NSE: 'NSE', BSE: 'BSE' });

/**
 * The Indian exchanges' report of a day's derivatives since July 2024: open interest in units, volume in
 * contracts, the lot in `NewBrdLotQty`. The close of a contract that traded is its last price; of one that did
 * not, the column repeats an older one and is not given. The settlement price is the venue's mark. Futures give
 * the forward of the options that expire with them.
 */
export const udiffBhavcopy: PageFormat = {
  name: 'UDiFF bhavcopy of derivatives',
  units: 'open interest in units, divided by the lot of the row; volume in contracts',
  ...tableHeader(COLUMNS),
  timeOf: (_path, head) => {
    const { at } = csvColumns(head, COLUMNS);
    return firstInstant(head, (cells) => closeOn('NSE', cells[at.TradDt] ?? ''));
  },
  reader: () => readPage,
};

function* readPage(page: Page): PageReadings {
  const { at, width } = csvColumns(page.text, COLUMNS);
  const report = createEndOfDay();
  const add = (cells: string[]) => addRow(report, (column) => cells[at[column]]);
  yield* pageRows(page, { width, headerLines: 1, add });
  yield* report.readings();
}

function addRow(report: EndOfDay, cell: Cell): void {
  const kind = wordCell(KIND_OF, cell('FinInstrmTp'), 'FinInstrmTp', 'IDO, IDF, STO or STF');
  const exchange = wordCell(EXCHANGES, cell('Src'), 'Src', 'NSE or BSE');
  const symbol = cell('TckrSymb');
  const date = dateCell(cell('TradDt'), 'TradDt', 'bad_timestamp');
  // The day it really ceases, where a holiday moved it.
  const ceases = cell('FininstrmActlXpryDt') === '' ? 'XpryDt' : 'FininstrmActlXpryDt';
  const expiry = dateCell(cell(ceases), ceases, 'bad_expiry');
  if (expiry < date) throw new BadCell('expired', `expiry ${expiry} is before the report's date ${date}`);
  const settlement = priceCell(cell('SttlmPric'), 'SttlmPric');
  if (kind === 'future') {
    report.addFuture(date, symbol, expiry, settlement);
    return;
  }
  const side = sideCell(SIDE_OF, cell('OptnTp'), 'OptnTp', 'CE or PE');
  const volume = amountCell(cell('TtlTradgVol'), 'TtlTradgVol');
  const lotSize = lotCell(cell('NewBrdLotQty'), 'NewBrdLotQty');
  report.addOption({
    listing: listedOn(exchange, symbol),
    date,
    expiry,
    strike: strikeCell(cell('StrkPric'), 'StrkPric'),
    side,
    spot: priceCell(cell('UndrlygPric'), 'UndrlygPric'),
    lotSize: lotSize > 0 ? lotSize : null,
    quote: {
      last: volume > 0 ? priceCell(cell('ClsPric'), 'ClsPric') : Number.NaN,
      mark: settlement,
      volume,
      open_interest: amountCell(cell('OpnIntrst'), 'OpnIntrst'),
      open_interest_change: numberCell(cell('ChngInOpnIntrst'), 'ChngInOpnIntrst'),
      previous_close: priceCell(cell('PrvsClsgPric'), 'PrvsClsgPric'),
    },
  });
}
