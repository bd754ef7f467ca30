import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EnrichedChain, EnrichedTick } from '@deltastream/contracts';
import type { RejectedItem } from '@deltastream/recordings/source';
import { tarOf } from '@deltastream/recordings/testing/archive';
import { afterAll, describe, expect, test } from 'vitest';
import { openRecording } from '../../kit/recordings/recordings.ts';
import { intervalStart } from '../../services/analytics/bars/interval-start.ts';
import { rollUp } from '../../services/analytics/bars/longer-bars.ts';
import { createChainEnricher } from '../../services/enricher/chain/enrich-chain.ts';
import { enrichTick } from '../../services/enricher/enrich-tick.ts';

/** Inputs from public reports of wrong figures, each with the right value: facts of time, calendars and contracts. */
const CASES = fileURLToPath(new URL('../../../../../../shared/cases', import.meta.url));
const absent = !existsSync(CASES);
if (absent) process.stderr.write('skipped: no ../shared/cases beside the repository\n');

interface Figures {
  readonly chains: EnrichedChain[];
  readonly ticks: EnrichedTick[];
  readonly rejected: RejectedItem[];
}

/** A recording through its reader and the enricher, as the platform runs it. */
async function figuresOf(path: string): Promise<Figures> {
  const enrich = createChainEnricher({ rate: 0 });
  const figures: Figures = { chains: [], ticks: [], rejected: [] };
  const source = await openRecording(path);
  for await (const item of source) {
    if (item.kind === 'chain') figures.chains.push(enrich(item.chain));
    else if (item.kind === 'tick') figures.ticks.push(enrichTick(item.tick));
    else figures.rejected.push(item);
  }
  await source.close();
  return figures;
}

const casePath = (name: string) => join(CASES, name);
const iso = (at: number) => new Date(at).toISOString();
const shown = ({ product, expiry, expiry_at, timestamp, summary }: EnrichedChain) => ({
  product,
  expiry,
  expiry_at: iso(expiry_at),
  timestamp: iso(timestamp),
  year_fraction: Number(summary.year_fraction.toFixed(6)),
});

const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function written(name: string, content: string | Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'deltastream-case-'));
  folders.push(folder);
  await writeFile(join(folder, name), content);
  return join(folder, name);
}

/** A web CSV of NSE in an archive, under the path that says its time. */
async function webCsv(date: string, clock: string, product = 'nifty'): Promise<string> {
  const header =
    ',OI,CHNG IN OI,VOLUME,IV,LTP,CHNG,BID QTY,BID,ASK,ASK QTY,STRIKE,BID QTY,BID,ASK,ASK QTY,CHNG,LTP,IV,VOLUME,CHNG IN OI,OI,';
  const row =
    ',100,1,10,-,100.00,1.00,75,99.95,100.05,75,"24,000.00",75,99.95,100.05,75,1.00,100.00,-,10,1,100,';
  const page = `CALLS,,PUTS,\n${header}\n${row}\n`;
  return written('pages.tar', await tarOf([[`${date}/${product}_option_chain_${clock}.csv`, page]]));
}

describe.skipIf(absent)('am-settled-index', () => {
  test('RUT of a third Friday ceases at the opening, RUTW at the close', async () => {
    const { chains } = await figuresOf(casePath('am-settled-index/cboe_rut.csv'));
    const [rut, rutw] = ['RUT', 'RUTW'].map(
      (symbol) => chains.find(({ product }) => product === symbol) as EnrichedChain,
    );
    expect(shown(rut)).toMatchObject({ expiry_at: '2026-07-17T13:30:00.000Z', year_fraction: 0.002026 });
    expect(rut.summary.atm_iv).toBeCloseTo(0.2, 3);
    expect(shown(rutw).expiry_at).toBe('2026-07-17T20:00:00.000Z');
    expect(rutw.summary.atm_iv).toBeCloseTo(0.2, 3);
  });

  test('after the opening it is expired and has no volatility', async () => {
    const { chains } = await figuresOf(casePath('am-settled-index/cboe_rut_expired.csv'));
    expect(chains.length).toBeGreaterThan(0);
    for (const { product, quality, summary } of chains) {
      expect(product).toBe('RUT');
      expect(quality).toContain('expired');
      expect(summary.atm_iv).toBeNull();
    }
  });
});

test.skipIf(absent)('us-early-close: SPXW of the day after Thanksgiving ceases at 13:00', async () => {
  const { chains } = await figuresOf(casePath('us-early-close/cboe_early.csv'));
  const [chain] = chains;
  expect(shown(chain).expiry_at).toBe('2025-11-28T18:00:00.000Z');
  expect(chain.summary.year_fraction).toBeCloseTo(0.0002283, 7);
  expect(chain.summary.atm_iv).toBeCloseTo(0.12, 3);
});

test.skipIf(absent)(
  'cboe-holiday-instant: a table of a Saturday after a holiday is from Thursday',
  async () => {
    const { chains, rejected } = await figuresOf(casePath('cboe-holiday-instant/cboe_holiday.csv'));
    expect(rejected).toEqual([]);
    for (const { timestamp } of chains) expect(iso(timestamp)).toBe('2026-07-02T20:00:00.000Z');
    const [expired, july] = ['2026-07-02', '2026-07-17'].map(
      (date) => chains.find(({ expiry }) => expiry === date) as EnrichedChain,
    );
    expect(expired.columns.count).toBe(3);
    expect(expired.quality).toContain('expired');
    expect(shown(july)).toMatchObject({ product: 'SPXW', year_fraction: 0.041096 });
    expect(july.summary.atm_iv).toBeCloseTo(0.14, 3);
  },
);

test.skipIf(absent)('holiday-expiry: the week of 14 April 2026 expires on Monday', async () => {
  const { chains } = await figuresOf(casePath('holiday-expiry/holiday_expiry.tar'));
  expect(chains.map(shown)).toMatchObject([
    { expiry: '2026-04-13', expiry_at: '2026-04-13T10:00:00.000Z', year_fraction: 0.014269 },
  ]);
  expect(chains[0].summary.atm_iv).toBeCloseTo(0.3998, 3);
});

test.skipIf(absent)(
  'nse-2019-08-15-holiday-expiry: the page of the 14th shows that day’s expiry',
  async () => {
    const { chains } = await figuresOf(casePath('nse-2019-08-15-holiday-expiry/NIFTY_14-08-2019_15:45.csv'));
    expect(chains.map(({ expiry }) => expiry)).toEqual(['2019-08-14']);
    expect(chains[0].quality).toContain('expired');
    expect(chains[0].summary.atm_iv).toBeNull();
  },
);

describe.skipIf(absent)('nse-2026-03-31-holiday-expiry', () => {
  test('a download of 30 March 2026, 15:15, has 15 minutes left', async () => {
    const { chains } = await figuresOf(await webCsv('2026-03-30', '151500'));
    expect(chains.map(shown)).toMatchObject([
      { expiry: '2026-03-30', expiry_at: '2026-03-30T10:00:00.000Z', year_fraction: 0.000029 },
    ]);
  });

  test.each([
    ['nifty', '2026-02-27', '2026-03-02'],
    ['nifty', '2026-04-10', '2026-04-13'],
    ['nifty', '2026-10-16', '2026-10-19'],
    ['nifty', '2026-11-06', '2026-11-09'],
    ['nifty', '2026-11-20', '2026-11-23'],
    ['sensex', '2026-03-25', '2026-03-25'],
    ['sensex', '2026-05-26', '2026-05-27'],
  ])('%s shown on %s expires on %s', async (product, date, expiry) => {
    const { chains } = await figuresOf(await webCsv(date, '103000', product));
    expect(chains.map((chain) => chain.expiry)).toEqual([expiry]);
  });
});

describe.skipIf(absent)('daily-bar-preopen', () => {
  const dailyBars = (ticks: readonly EnrichedTick[]) => {
    const parts = ticks.flatMap(({ bars }) => bars).filter(({ interval }) => interval === '15m');
    parts.sort((a, b) => a.start - b.start || a.open_at - b.open_at);
    return rollUp(parts, '1d', intervalStart('NIFTY', '1d')).map(({ start, open, high, low, close }) => ({
      start: iso(start),
      open,
      high,
      low,
      close,
    }));
  };

  test('a bar is of the day of its prices', async () => {
    const { ticks } = await figuresOf(casePath('daily-bar-preopen/NIFTY_daily.csv'));
    expect(dailyBars(ticks)).toMatchObject([
      { start: '2026-08-14T03:45:00.000Z', close: 23_850 },
      { start: '2026-08-17T03:45:00.000Z', open: 24_050, high: 24_100, low: 24_050, close: 24_070 },
      { start: '2026-08-18T03:45:00.000Z', close: 23_950 },
    ]);
  });

  test('so is that of pages from before the opening', async () => {
    const { ticks } = await figuresOf(casePath('daily-bar-preopen/three-pages.tar'));
    expect(dailyBars(ticks).map(({ start }) => start)).toEqual([
      '2019-07-05T03:45:00.000Z',
      '2019-07-08T03:45:00.000Z',
    ]);
  });
});

/** A page of the NSE website as it was until 2020; open interest in units. */
const PAGE =
  ',CallOI,CallChnginOI,CallVolume,CallIV,CallLTP,CallNetChng,CallBidQty,CallBidPrice,CallAskPrice,CallAskQty,' +
  'StrikePrice,PutBidQty,PutBidPrice,PutAskPrice,PutAskQty,PutNetChng,PutLTP,PutIV,PutVolume,PutChnginOI,PutOI,CurrentVal\n' +
  '0,2000,-20,49,-,300.00,1.00,20,299.00,301.00,20,25000,20,199.00,201.00,20,1.00,200.00,-,82,20,1000,25100.00\n';

test.each([
  ['BANKNIFTY_15-10-2018_11:00.csv', '2018-10-17', 'a Thursday that is a holiday'],
  ['BANKNIFTY_19-11-2018_11:00.csv', '2018-11-22', 'a weekly contract'],
  ['BANKNIFTY_28-01-2019_11:00.csv', '2019-01-31', 'a monthly contract'],
  ['BANKNIFTY_18-03-2019_11:00.csv', '2019-03-20', 'the week of Holi'],
])('%s is read, expiring on %s: %s', async (name, expiry, _why) => {
  const { chains, rejected } = await figuresOf(await written(name, PAGE));
  expect(rejected).toEqual([]);
  expect(chains.map((chain) => [chain.product, chain.expiry])).toEqual([['BANKNIFTY', expiry]]);
});
