import type { Side } from '@deltastream/contracts';
import { closeOn, fromExchangeDate, listedOn } from '@deltastream/reference';
import { createEndOfDay, type EndOfDay } from '../../../chains/end-of-day.ts';
import type { Page, PageFormat, PageReadings } from '../../../pages/page-format.ts';
import { pageRows } from '../../../pages/page-rows.ts';
import {
  amountCell,
  BadCell,
  exchangeDateCell,
  numberCell,
  priceCell,
  sideCell,
  strikeCell,
  wordCell,
  words,
} from '../../../tables/cells.ts';
import { csvColumns, firstInstant } from '../../../tables/csv-row.ts';
import { nearlyHeader } from '../../../tables/mismatch.ts';

const COLUMNS = [
  'INSTRUMENT',
  'SYMBOL',
  'EXPIRY_DT',
  'STRIKE_PR',
  'CLOSE',
  'SETTLE_PR',
  'CONTRACTS',
  'OPEN_INT',
  'CHG_IN_OI',
  'TIMESTAMP',
] as const;
/** It had two names over the years. */
const OPTION_TYPE = ['OPTION_TYP', 'OPTIONTYPE'] as const;

type Column = (typeof COLUMNS)[number];

const KIND_OF = words<'option' | 'future'>({
  OPTIDX: 'option',
  OPTSTK: 'option',
  FUTIDX: 'future',
  FUTSTK: 'future',
  FUTIVX: 'future',
});
const SIDE_OF = words<Side>({ CE: 'call', PE: 'put', CA: 'call', PA: 'put' });

/**
 * NSE's report of a day's derivatives until July 2024: open interest in units, volume in contracts, neither lot
 * nor price of the underlying. Columns are found by name, whatever stands in front of them, and days may follow
 * each other in one file. The close of a contract that traded is its last price, of others it is an older one
 * and not given; the settlement price is the venue's mark. Futures give the forward of the options that expire
 * with them. The older files end each row, though not the header, with a comma. CA and PA are the American-style stock options of before 2011.
 */
export const legacyBhavcopy: PageFormat = {
  name: 'legacy NSE bhavcopy of derivatives',
  units: 'open interest in units, divided by the lot; volume in contracts',
  matches: (head) => headerOf(head) !== null,
  nearly: (head) => nearlyHeader(head, [...COLUMNS, OPTION_TYPE[0]]),
  timeOf: (_path, head) => {
    const header = headerOf(head);
    return firstInstant(head, (cells) => {
      const date = fromExchangeDate(cells[header?.at.TIMESTAMP ?? -1] ?? '');
      return date === null ? Number.NaN : closeOn('NSE', date);
    });
  },
  reader: () => readPage,
};

interface Header {
  readonly at: Readonly<Record<Column, number>>;
  readonly optionType: number;
  readonly width: number;
}

function headerOf(text: string): Header | null {
  const { at, width, missing } = csvColumns(text, COLUMNS);
  const optionType = Math.max(...Object.values(csvColumns(text, OPTION_TYPE).at));
  return missing.length === 0 && optionType >= 0 ? { at, optionType, width } : null;
}

function* readPage(page: Page): PageReadings {
  const header = headerOf(page.text);
  if (!header) return;
  const report = createEndOfDay();
  const add = (cells: string[]) => addRow(report, cells, header);
  yield* pageRows(page, { width: header.width, headerLines: 1, add });
  yield* report.readings();
}

function addRow(report: EndOfDay, cells: string[], { at, optionType }: Header): void {
  const cell = (column: Column): string => cells[at[column]];
  const kind = wordCell(KIND_OF, cell('INSTRUMENT'), 'INSTRUMENT', 'an option or a future');
  const date = exchangeDateCell(cell('TIMESTAMP'), 'TIMESTAMP', 'bad_timestamp');
  const expiry = exchangeDateCell(cell('EXPIRY_DT'), 'EXPIRY_DT', 'bad_expiry');
  if (expiry < date) throw new BadCell('expired', `expiry ${expiry} is before the report's date ${date}`);
  const settlement = priceCell(cell('SETTLE_PR'), 'SETTLE_PR');
  if (kind === 'future') {
    report.addFuture(date, cell('SYMBOL'), expiry, settlement);
    return;
  }
  const side = sideCell(SIDE_OF, cells[optionType], OPTION_TYPE[0], 'CE or PE');
  const volume = amountCell(cell('CONTRACTS'), 'CONTRACTS');
  report.addOption({
    listing: listedOn('NSE', cell('SYMBOL')),
    date,
    expiry,
    strike: strikeCell(cell('STRIKE_PR'), 'STRIKE_PR'),
    side,
    spot: Number.NaN,
    lotSize: null,
    quote: {
      last: volume > 0 ? priceCell(cell('CLOSE'), 'CLOSE') : Number.NaN,
      mark: settlement,
      volume,
      open_interest: amountCell(cell('OPEN_INT'), 'OPEN_INT'),
      open_interest_change: numberCell(cell('CHG_IN_OI'), 'CHG_IN_OI'),
    },
  });
}
