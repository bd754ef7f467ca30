import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { NOON, storableChain } from '../../../../ports/stores/market/market-store.fixture.ts';
import { dayFile, dayOf } from '../files/files.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';
import { beginSealing } from './seal-day.ts';

const DESCRIPTORS = '/proc/self/fd';
const TODAY = dayOf(NOON);
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'seal-day-'));
  const store = await createSqliteMarketStore({ folder });
  await store.putSnapshots([storableChain()]);
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const begin = () => beginSealing(folder, TODAY, 1000);
/** Names of the files of the folder that this process has open. */
const openFiles = () =>
  readdirSync(DESCRIPTORS).flatMap((descriptor) => {
    try {
      const file = readlinkSync(join(DESCRIPTORS, descriptor));
      return file.startsWith(folder) ? [file] : [];
    } catch {
      // The descriptor of this listing.
      return [];
    }
  });
const partials = () => readdirSync(folder).filter((name) => name.endsWith('.partial'));

it('says why a day cannot take its name, leaves nothing of it, and begins it again', () => {
  const sealing = begin();
  while (sealing.step());
  mkdirSync(dayFile(folder, TODAY));
  expect(() => sealing.finish()).toThrow(/day-20260819\.db\.partial: EISDIR/);
  sealing.abandon();
  sealing.abandon();
  expect(partials()).toEqual([]);
  rmSync(dayFile(folder, TODAY), { recursive: true });
  const again = begin();
  while (again.step());
  expect(again.finish()).toMatchObject({ snapshots: 1 });
});

it.skipIf(process.platform !== 'linux')('leaves nothing open of a day that cannot be begun', () => {
  writeFileSync(dayFile(folder, TODAY), 'something else '.repeat(2000));
  expect(begin).toThrow(/day-20260819\.db: .*not a database/);
  rmSync(dayFile(folder, TODAY));
  expect(openFiles()).toEqual([]);
  const sealing = begin();
  expect(openFiles().length).toBeGreaterThan(0);
  sealing.abandon();
  expect(openFiles()).toEqual([]);
});
