import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Contract } from './brute-force.ts';
import { recording } from './recordings.ts';

/** Contracts by `product expiry instant`, read by plain splitting. */
export type Expected = Map<string, Contract[]>;

interface Row extends Contract {
  readonly product: string;
  readonly expiry: string;
  readonly timestamp: string;
}

/** The contracts of a recording that `READ` knows. */
export function expectedOf(file: string): Expected {
  const expected: Expected = new Map();
  for (const row of READ[file]()) {
    const key = `${row.product} ${row.expiry} ${row.timestamp}`;
    expected.set(key, [...(expected.get(key) ?? []), row]);
  }
  return expected;
}

/** 'YYYY-MM-DD' of a date in English words. */
export const isoDate = (text: string) => new Date(`${text} UTC`).toISOString().slice(0, 10);
const iso = (text: string) => new Date(text).toISOString();
export const csv = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.split(','));
const side = (isCall: boolean) => (isCall ? 'CE' : 'PE');
const given = (cell: string) => (cell === '' ? Number.NaN : Number(cell));
/** Content of a gzip. */
export const unzipped = (file: string) => gunzipSync(readFileSync(recording(file))).toString();

export const NIFTY_MAY = 'nse/nifty50-exp19-May-2026.csv.xz';
export const SPY = 'us/2026-08-12_SPY.csv.gz';
export const CBOE = 'us/cboe_spx_quotedata_2022-06-11.csv.gz';
export const UDIFF = 'bhavcopy/BhavCopy_NSE_FO_0_0_0_20240708_F_0000_excerpt4.csv';
export const UPSTOX = 'nse/upstox_v2_option_chain_NIFTY_exp2024-06-20_spot23593.5.json';
export const DERIBIT = 'deribit/tardis_node_deribit_raw_ws_messages.jsonl';

interface UpstoxRow {
  readonly expiry: string;
  readonly strike_price: number;
  readonly call_options: { readonly market_data: { readonly volume: number; readonly oi: number } };
  readonly put_options: UpstoxRow['call_options'];
}

const READ: Readonly<Record<string, () => Row[]>> = {
  [NIFTY_MAY]: () =>
    csv(execFileSync('xz', ['-dc', recording(NIFTY_MAY)], { maxBuffer: 1e9 }).toString())
      .slice(1)
      .map((cells) => ({
        product: 'NIFTY',
        expiry: isoDate(cells[1]),
        timestamp: iso(`${cells[18].slice(0, 23)}+05:30`),
        side: side(cells[2] === 'Call'),
        strike: Number(cells[3]),
        volume: Number(cells[11]) / 65,
        openInterest: Number(cells[16]),
      })),
  [SPY]: () =>
    csv(unzipped(SPY))
      .slice(1)
      .map(([, expiry, type, strike, , , , volume, openInterest]) => ({
        product: 'SPY',
        expiry,
        timestamp: '2026-08-13T16:13:33.049Z',
        side: side(type === 'C'),
        strike: Number(strike),
        volume: given(volume),
        openInterest: given(openInterest),
      })),
  [CBOE]: () =>
    csv(unzipped(CBOE))
      .slice(3)
      .flatMap((cells) =>
        [0, 11].map((start) => ({
          product: cells[1].startsWith('SPXW') ? 'SPXW' : 'SPX',
          expiry: isoDate(cells[0]),
          timestamp: '2022-06-10T20:00:00.000Z',
          side: side(start === 0),
          strike: Number(cells[11]),
          volume: Number(cells[start + 6]),
          openInterest: Number(cells[start + 10]),
        })),
      ),
  [UDIFF]: () =>
    csv(readFileSync(recording(UDIFF), 'utf8'))
      .filter((cells) => cells[4] === 'IDO' || cells[4] === 'STO')
      .map((cells) => ({
        product: cells[7],
        expiry: cells[9],
        timestamp: '2024-07-08T10:00:00.000Z',
        side: side(cells[12] === 'CE'),
        strike: Number(cells[11]),
        volume: Number(cells[24]),
        openInterest: Number(cells[22]) / Number(cells[28]),
      })),
  [UPSTOX]: () =>
    JSON.parse(readFileSync(recording(UPSTOX), 'utf8')).data.flatMap((row: UpstoxRow) =>
      (['call_options', 'put_options'] as const).map((name) => ({
        product: 'NIFTY',
        expiry: row.expiry,
        timestamp: '2024-06-20T04:45:00.000Z',
        side: side(name === 'call_options'),
        strike: row.strike_price,
        volume: row[name].market_data.volume / 25,
        openInterest: row[name].market_data.oi / 25,
      })),
    ),
  [DERIBIT]: () =>
    [8, 9, 10, 18].map((line) => {
      const { data } = JSON.parse(readFileSync(recording(DERIBIT), 'utf8').split('\n')[line - 1]).params;
      const [product, expiry, strike, letter] = data.instrument_name.split('-');
      return {
        product,
        expiry: isoDate(expiry.replace(/([A-Z]+)/, ' $1 20')),
        timestamp: new Date(data.timestamp).toISOString(),
        side: side(letter === 'C'),
        strike: Number(strike.replace('d', '.')),
        volume: data.stats.volume ?? Number.NaN,
        openInterest: data.open_interest,
      };
    }),
};
