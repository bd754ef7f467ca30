import { expect, test } from 'vitest';
import { caseFile, iso, outcomeOf } from './cases.fixture.ts';

const V3 = caseFile('nse-v3-leg-expiry', 'v3_nifty.json');

test.skipIf(V3.absent)('NSE v3 JSON: a leg may write its expiry in digits', async () => {
  const { chains, rejected } = await outcomeOf(V3.path);
  expect(rejected).toEqual([]);
  const [{ product, expiry, columns, summary }] = chains;
  expect([chains.length, product, expiry, columns.count]).toEqual([1, 'NIFTY', '2026-08-25', 15]);
  expect(summary.forward).toBeCloseTo(24_270, 0);
  expect(summary.atm_iv).toBeCloseTo(0.11, 3);
  expect(summary.pcr_oi).toBeCloseTo(1.3817, 4);
  expect(summary.total_call_oi).toBe(19_650);
});

const STOCK = caseFile('nse-json-stock', 'v3_reliance.json');

test.skipIf(STOCK.absent)('NSE JSON of a stock without an entry in the tables', async () => {
  const { chains, rejected } = await outcomeOf(STOCK.path);
  expect(rejected).toEqual([]);
  const [{ product, expiry, columns, summary, lot_size, quality }] = chains;
  expect([chains.length, product, expiry, columns.count]).toEqual([1, 'RELIANCE', '2026-08-25', 14]);
  expect(summary.forward).toBeCloseTo(1423, 0);
  expect(summary.atm_iv).toBeCloseTo(0.19, 3);
  expect(lot_size).toBeNull();
  expect(quality).toContain('lot_unknown');
});

const OWN_NAME = caseFile('nse-csv-own-name', 'option-chain-ED-NIFTY-13-Apr-2026.csv');

test.skipIf(OWN_NAME.absent)('NSE download under the name that the website gives it', async () => {
  const recordedAt = Date.parse('2026-04-02T15:25:00+05:30');
  const { chains, rejected, source } = await outcomeOf(OWN_NAME.path, { recordedAt });
  expect(rejected).toEqual([]);
  expect(source).toMatch(/ \(instant by setting\)$/);
  const [{ product, expiry, timestamp, columns, summary }] = chains;
  expect([product, expiry, iso(timestamp), columns.count]).toEqual([
    'NIFTY',
    '2026-04-13',
    '2026-04-02T09:55Z',
    9,
  ]);
  expect(summary).toMatchObject({ total_call_oi: 24_852, total_put_oi: 32_937, max_pain_strike: 22_800 });
  await expect(outcomeOf(OWN_NAME.path)).rejects.toMatchObject({
    code: 'unreadable_source',
    message: expect.stringMatching(/say when it was recorded with --recorded-at/),
  });
});

const DATE_LINE = caseFile('cboe-date-line', 'cboe_at.csv');

test.skipIf(DATE_LINE.absent)('CBOE table with the date line of today’s website', async () => {
  const { chains, rejected } = await outcomeOf(DATE_LINE.path);
  expect(rejected).toEqual([]);
  const [{ product, expiry, timestamp, summary }] = chains;
  expect([product, expiry, iso(timestamp)]).toEqual(['SPXW', '2026-07-17', '2026-07-02T19:15Z']);
  expect(summary.forward).toBeCloseTo(6980, 0);
  expect(summary.atm_iv).toBeCloseTo(0.1399, 4);
});

const ORDER = caseFile('archive-order-json', 'pages_unpadded.tar');

test.skipIf(ORDER.absent)('JSON pages of an archive come in the order of their time', async () => {
  const { chains, ticks, rejected } = await outcomeOf(ORDER.path);
  expect(rejected).toEqual([]);
  expect(chains.map(({ seq, timestamp }) => `${seq} ${iso(timestamp)}`)).toEqual([
    expect.stringMatching(/^1 .*T04:15Z$/),
    expect.stringMatching(/^2 .*T04:30Z$/),
    expect.stringMatching(/^3 .*T04:45Z$/),
    expect.stringMatching(/^4 .*T05:30Z$/),
  ]);
  for (const { quality } of chains) expect(quality).not.toContain('volume_regressed');
  expect(ticks.at(-1)?.price).toBe(24_230);
});

const FOLDERS = caseFile('pages-by-expiry-folder', 'two-expiries-one-minute.tar');

test.skipIf(FOLDERS.absent)('pages of one minute have the expiries that their folders name', async () => {
  const { chains, rejected } = await outcomeOf(FOLDERS.path);
  expect(rejected).toEqual([]);
  expect(chains.map(({ expiry }) => expiry).sort()).toEqual(['2019-09-05', '2019-09-26']);
  expect(new Set(chains.map(({ timestamp }) => timestamp)).size).toBe(1);
});

const UNSUPPORTED = caseFile('tar-unsupported-hang', 'one-unsupported-member-30000-bytes.tar');
const README_FIRST = caseFile('tar-unsupported-hang', 'readme20k-then-supported.tar');

test.skipIf(UNSUPPORTED.absent)('an archive of an unsupported file is refused, not waited for', async () => {
  await expect(outcomeOf(UNSUPPORTED.path)).rejects.toMatchObject({ code: 'unreadable_source' });
});

test.skipIf(README_FIRST.absent)('a long README in front of a page leaves the page readable', async () => {
  const { chains, rejected } = await outcomeOf(README_FIRST.path);
  expect(chains.length).toBeGreaterThan(0);
  expect(rejected).toEqual([
    expect.objectContaining({ rejection: 'unreadable_member', reason: expect.stringMatching(/^not a /) }),
  ]);
});

const FUTURES = caseFile('lean-es-future-options', '20200106_quote_american.zip');

test.skipIf(FUTURES.absent)(
  'Lean options on futures are refused with the price that tells them',
  async () => {
    await expect(outcomeOf(FUTURES.path)).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(
        /member 20200106_es_.*csv line 1: the price "93.5" .*options on futures.*are not read/,
      ),
    });
  },
);
