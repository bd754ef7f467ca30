import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { column, type RawChain, SIDES } from '@deltastream/contracts';
import { fromExchangeDate, lotSize } from '@deltastream/reference';
import { expect, test } from 'vitest';
import { openRecording } from '../recording-source.ts';
import { collect, recording } from '../testing/recordings.fixture.ts';

const bhavcopies = recording('bhavcopy');

/** Says what could not be compared, so that an empty check is seen. */
const skipped = (what: string) => process.stderr.write(`skipped: ${what}\n`);

test.skipIf(bhavcopies.absent)('lots agree with every bhavcopy that names them', () => {
  let compared = 0;
  for (const file of readdirSync(bhavcopies.path).sort()) {
    const [header, ...rows] = readFileSync(join(bhavcopies.path, file), 'utf8').trimEnd().split(/\r?\n/);
    const names = header.split(',');
    if (!names.includes('NewBrdLotQty')) {
      skipped(`lots of ${file}: the format names none`);
      continue;
    }
    for (const row of rows) {
      const cells = row.split(',');
      const cell = (name: string) => cells[names.indexOf(name)];
      const [symbol, expiry] = [cell('TckrSymb'), cell('XpryDt')];
      const lot = lotSize(symbol, expiry, Date.parse(`${cell('TradDt')}T15:30:00+05:30`));
      if (lot === null) {
        skipped(`lot of ${symbol} ${expiry} in ${file}: not in the reference data (${cell('NewBrdLotQty')})`);
        continue;
      }
      expect(lot, `${symbol} ${expiry} of ${cell('TradDt')}`).toBe(Number(cell('NewBrdLotQty')));
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(0);
});

const kiteList = recording('packets/kitemocks_instruments_all.csv');

test.skipIf(kiteList.absent)('lots agree with the instrument list of a broker', () => {
  let compared = 0;
  for (const line of readFileSync(kiteList.path, 'utf8').split(/\r?\n/)) {
    const [, , name, , , expiry, , , lot, , segment] = line.split(',');
    if (segment !== 'NFO-OPT') continue;
    const symbol = /^\D+/.exec(name)?.[0] ?? '';
    expect(lotSize(symbol, expiry, Date.parse('2017-11-20T12:00:00+05:30'), 'NSE'), name).toBe(Number(lot));
    compared++;
  }
  expect(compared).toBeGreaterThan(20);
});

const legacy = recording('bhavcopy/fo01AUG2019bhav_excerpt40.csv');

test.skipIf(legacy.absent)('lots are the turnover of a contract by a price of the day', () => {
  const [header, ...rows] = readFileSync(legacy.path, 'utf8').trimEnd().split(/\r?\n/);
  const names = header.split(',');
  const compared = new Set<string>();
  for (const row of rows) {
    const cells = row.split(',');
    const cell = (name: string) => cells[names.indexOf(name)];
    const contracts = Number(cell('CONTRACTS'));
    const expiry = fromExchangeDate(cell('EXPIRY_DT'));
    if (contracts === 0 || expiry === null) continue;
    const lot = lotSize(cell('SYMBOL'), expiry, Date.parse('2019-08-01T15:30:00+05:30'), 'NSE');
    expect(lot, row).not.toBeNull();
    const turnover = (Number(cell('VAL_INLAKH')) * 1e5) / contracts;
    // Rupees of a contract are rounded to a hundredth of a lakh in all.
    const rounding = 1e3 / contracts;
    expect(turnover, row).toBeGreaterThanOrEqual(Number(cell('LOW')) * Number(lot) - rounding);
    expect(turnover, row).toBeLessThanOrEqual(Number(cell('HIGH')) * Number(lot) + rounding);
    expect(Number(cell('OPEN_INT')) % Number(lot), row).toBe(0);
    compared.add(cell('SYMBOL'));
  }
  expect(compared.size).toBeGreaterThan(12);
});

/** Recordings whose open interest comes in units: with the right lot it is a count of contracts. */
const IN_UNITS = [
  ['nse/NIFTY_chain_snapshots_2018-10_2019-06.tar.xz', undefined],
  ['nse/upstox_v2_option_chain_NIFTY_exp2024-06-20_spot23593.5.json', '2024-06-14T15:30:00+05:30'],
] as const;
/** Contracts listed years ahead, and held over several revisions, keep odd amounts. */
const ODD_SHARE = 0.01;

test.each(IN_UNITS)('open interest of %s is a count of contracts of its lot', async (name, at) => {
  const { path, absent } = recording(name);
  if (absent) return;
  const recordedAt = at === undefined ? undefined : Date.parse(at);
  const seen = new Set<string>();
  const odd = new Set<string>();
  const { chains } = await collect(await openRecording(path, { recordedAt }));
  for (const chain of chains) {
    expect(chain.lot_size, `${chain.product} ${chain.expiry}`).not.toBeNull();
    for (const [contract, interest] of interestOf(chain)) {
      seen.add(contract);
      if (!Number.isInteger(interest)) odd.add(contract);
    }
  }
  expect(seen.size).toBeGreaterThan(0);
  expect(odd.size / seen.size).toBeLessThan(ODD_SHARE);
  if (odd.size > 0) skipped(`odd amounts in ${name}: ${[...odd].join(', ')}`);
});

test('recordings whose lot nothing confirms are named', () => {
  const { path: folder, absent } = recording('nse');
  if (absent) return;
  const confirmed = new Set<string>(IN_UNITS.map(([name]) => name.replace('nse/', '')));
  const others = readdirSync(folder).filter((file) => !confirmed.has(file));
  for (const file of others) skipped(`lot of ${file}: open interest comes in contracts`);
  expect(others.length).toBeLessThan(readdirSync(folder).length);
});

function interestOf({ expiry, columns }: RawChain): [string, number][] {
  const strikes = column(columns, 'strike');
  return SIDES.flatMap((side) =>
    Array.from(column(columns, `${side}_open_interest`), (interest, i): [string, number] => [
      `${expiry} ${strikes[i]} ${side}`,
      interest,
    ]).filter(([, interest]) => !Number.isNaN(interest)),
  );
}
