import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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

const KITE = { venue: 'kite', endpoint: null };
const SIMULATOR = 'http://127.0.0.1:9000';

const files = (endpoints: ReadonlyMap<string, string> = new Map()) =>
  createInstrumentFiles(instrumentFolder(data), endpoints, {
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
  const master = await readInstruments(instrumentFolder(data), KITE);
  if (master === null) throw new Error('nothing was kept');
  expect(contractsAt(master, 'NIFTY', FIRST_AT)[0].terms[0].lotSize).toBe(75);
  expect(contractsAt(master, 'NIFTY', SECOND_AT)[0].terms[0].lotSize).toBe(65);
  expect(logged).toEqual([]);
});

it('a file of the first version is read, and written with what it does not say as null', async () => {
  copyFileSync(FIRST_VERSION, join(data, 'kite.json'));
  const master = await readInstruments(data, KITE);
  if (master === null) throw new Error('nothing was read');
  expect(contractsAt(master, 'NIFTY', FIRST_AT).map(({ id, terms }) => [id, terms[0].lotSize])).toEqual([
    [256_265, null],
    [12_345, 75],
  ]);
  const { contracts, ...head } = JSON.parse(readFileSync(FIRST_VERSION, 'utf8'));
  const unknown = { multiplier: null, delivery: null, style: null, settlement_currency: null };
  expect(storedMaster(master)).toEqual({
    ...{ ...head, version: 2, endpoint: null },
    contracts: contracts.map((each: { terms: object[] }) => ({
      ...each,
      terms: each.terms.map((terms) => ({ ...terms, ...unknown })),
    })),
  });
});

it('a list of the first version goes on with what newer ones say of settlement', async () => {
  const folder = instrumentFolder(data);
  mkdirSync(folder);
  copyFileSync(FIRST_VERSION, join(folder, 'kite.json'));
  await files().save('kite', list(SECOND_AT + 1, 65));
  const master = await readInstruments(folder, KITE);
  const termsAt = (at: number) =>
    master && contractsAt(master, 'NIFTY', at).find(({ id }) => id === 12_345)?.terms[0];
  expect(termsAt(SECOND_AT)).toMatchObject({ lotSize: 65, multiplier: null, delivery: null });
  expect(termsAt(SECOND_AT + 1)).toMatchObject({
    ...{ lotSize: 65, multiplier: 65, delivery: 'cash', style: 'european', settlementCurrency: 'INR' },
  });
});

it('lists of a simulator and of the venue itself are apart', async () => {
  const simulated = files(new Map([['kite', SIMULATOR]]));
  await simulated.save('kite', list(FIRST_AT, 75));
  expect(await files().load('kite', ['NIFTY'])).toBeNull();
  await files().save('kite', list(SECOND_AT, 65));
  expect((await simulated.load('kite', ['NIFTY']))?.instruments).toMatchObject([{ lotSize: 75 }]);
  expect(readdirSync(instrumentFolder(data)).sort()).toEqual(['kite.json', 'kite@127.0.0.1-9000.json']);
  // A file that was copied from one to the other is named and not used.
  const [own, other] = ['kite.json', 'kite@127.0.0.1-9000.json'].map((name) =>
    join(instrumentFolder(data), name),
  );
  copyFileSync(own, other);
  expect(await simulated.load('kite', ['NIFTY'])).toBeNull();
  expect(logged.join()).toContain('it is of another server than the one that is followed');
});

it('of other servers the lists that were written last are kept', async () => {
  for (let port = 9_001; port <= 9_020; port++)
    await files(new Map([['kite', `http://127.0.0.1:${port}`]])).save('kite', list(FIRST_AT, 75));
  await files().save('kite', list(FIRST_AT, 75));
  const kept = readdirSync(instrumentFolder(data));
  expect(kept).toHaveLength(17);
  expect(kept).toContain('kite@127.0.0.1-9020.json');
  expect(kept).not.toContain('kite@127.0.0.1-9001.json');
});

const damaged = (change: (contract: Record<string, unknown>) => object[], venue = 'kite') => {
  const { contracts, ...rest } = JSON.parse(readFileSync(FIRST_VERSION, 'utf8'));
  return JSON.stringify({ ...rest, venue, contracts: contracts.flatMap(change) });
};

it.each([
  [damaged((each) => [each], 'upstox'), 'it is of \\"upstox\\"'],
  [damaged((each) => [each, each]), 'it holds a contract twice'],
  [damaged((each) => [{ ...each, side: null }]), 'its option 12345 has no'],
  [damaged((each) => [{ ...each, expiry: '2026-02-30' }]), 'its option 12345 has no'],
  [damaged((each) => [{ ...each, ended_at: 1e300 }]), 'it does not hold what'],
  [damaged((each) => [{ ...each, expiry: 'soon' }]), 'it does not hold what'],
  ['['.repeat(100_000), 'it is not JSON'],
  ['{"version":3,"venue":"kite"}', 'it has version 3, and this release reads up to 2'],
  ['{"version":2,"venue":"kite","as_of":1,"contracts":[]}', 'it does not hold what'],
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
