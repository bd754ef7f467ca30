import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listedOn } from '@deltastream/reference';
import type { Instrument } from '@deltastream/venues';
import { contractsAt } from '@deltastream/venues/master';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { createInstrumentFiles, readInstruments } from './instrument-files.ts';
import { instrumentFolder } from './instrument-folder.ts';
import { storedMaster } from './stored-master.ts';

/** What release 0.1.0 wrote. */
const FIRST_VERSION = join(import.meta.dirname, 'instruments-1.json');
const FIRST_AT = 1_793_606_400_000;
const SECOND_AT = 1_793_692_800_000;

let data: string;
let logged: string[];
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'deltastream-instruments-'));
  logged = [];
});
afterEach(() => rmSync(data, { recursive: true }));

const files = () =>
  createInstrumentFiles(instrumentFolder(data), {
    clock: createManualClock(SECOND_AT),
    logger: createLogger('debug', { write: (line) => void logged.push(line) }),
  });
const option = (lotSize: number): Instrument => ({
  ...{ kind: 'option', id: 12345, listing: listedOn('NSE', 'NIFTY'), expiry: '2026-12-29' },
  ...{ expiresAt: 1_798_539_000_000, strike: 26_000, side: 'call', lotSize },
});
const list = (asOf: number, lotSize: number) => ({
  asOf,
  instruments: [option(lotSize)],
  rejected: new Map(),
});

it('what was listed is there after a start, with each of its terms', async () => {
  const kept = files();
  expect(await kept.load('kite', ['NIFTY'])).toBeNull();
  await Promise.all([kept.save('kite', list(FIRST_AT, 75)), kept.save('kite', list(SECOND_AT, 65))]);
  expect((await files().load('kite', ['NIFTY']))?.instruments).toEqual([option(65)]);
  const master = await readInstruments(instrumentFolder(data), 'kite');
  if (master === null) throw new Error('nothing was kept');
  expect(contractsAt(master, 'NIFTY', FIRST_AT)[0].terms[0].lotSize).toBe(75);
  expect(contractsAt(master, 'NIFTY', SECOND_AT)[0].terms[0].lotSize).toBe(65);
  expect(logged).toEqual([]);
});

it('a file of the first version is read, and written as it was', async () => {
  copyFileSync(FIRST_VERSION, join(data, 'kite.json'));
  const master = await readInstruments(data, 'kite');
  if (master === null) throw new Error('nothing was read');
  expect(contractsAt(master, 'NIFTY', FIRST_AT).map(({ id, terms }) => [id, terms[0].lotSize])).toEqual([
    [256_265, null],
    [12_345, 75],
  ]);
  expect(storedMaster(master)).toEqual(JSON.parse(readFileSync(FIRST_VERSION, 'utf8')));
});

const damaged = (change: (contract: Record<string, unknown>) => object[], venue = 'kite') => {
  const { contracts, ...rest } = JSON.parse(readFileSync(FIRST_VERSION, 'utf8'));
  return JSON.stringify({ ...rest, venue, contracts: contracts.flatMap(change) });
};

it.each([
  [damaged((each) => [each], 'upstox'), 'it is of \\"upstox\\"'],
  [damaged((each) => [each, each]), 'it holds a contract twice'],
  [damaged((each) => [{ ...each, side: null }]), 'its option 12345 has no'],
  [damaged((each) => [{ ...each, expiry: 'soon' }]), 'it does not hold what'],
  ['['.repeat(100_000), 'it is not JSON'],
  ['{"version":2,"venue":"kite"}', 'it has version 2, and this release reads up to 1'],
  ['{"version":1,"venue":"kite","as_of":1,"contracts":[{}]}', 'it does not hold what'],
  ['{"version":1,"ven', 'it is not JSON'],
])('a file that cannot be read is named and stays as it is: %s', async (text, reason) => {
  const kept = files();
  await kept.save('kite', list(FIRST_AT, 75));
  const file = join(instrumentFolder(data), 'kite.json');
  writeFileSync(file, text);
  expect(await kept.load('kite', ['NIFTY'])).toBeNull();
  await kept.save('kite', list(SECOND_AT, 65));
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(logged.join()).toContain(reason);
});
