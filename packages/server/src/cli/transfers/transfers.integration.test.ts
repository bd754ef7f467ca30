import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSettings } from '../../settings/read.ts';
import { brought, saidBy } from './transfers.ts';

let folder: string;
let imports: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'brought-'));
  imports = join(folder, 'imports');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('copies a recording in the place of a link of its name, which is not followed', async () => {
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'secret');
  mkdirSync(imports);
  symlinkSync(secret, join(imports, 'nifty.csv'));
  writeFileSync(join(folder, 'nifty.csv'), 'content');
  expect(await brought(join(folder, 'nifty.csv'), imports)).toBe('nifty.csv');
  expect(readFileSync(secret, 'utf8')).toBe('secret');
  expect(readFileSync(join(imports, 'nifty.csv'), 'utf8')).toBe('content');
  expect(readdirSync(imports)).toEqual(['nifty.csv']);
});

it('takes the names that exports have', async () => {
  const name = 'M&M_chains_2026-08-19.parquet';
  writeFileSync(join(folder, name), 'content');
  expect(await brought(join(folder, name), imports)).toBe(name);
});

it('refuses what would be copied without end', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero']) {
    await expect(brought(path, imports)).rejects.toMatchObject({ code: 'unreadable_source' });
  }
});

it('orders an import with what the settings say of the recording', () => {
  const settings = {
    recordedAt: '2026-08-19T10:15+05:30',
    recordedProduct: 'M&M',
    recordedExpiry: '2026-08-25',
  };
  expect(saidBy(readSettings(settings, {}))).toEqual({
    recorded_at: '2026-08-19T10:15+05:30',
    recorded_product: 'M&M',
    recorded_expiry: '2026-08-25',
  });
  expect(() => saidBy(readSettings({ recordedAt: '2026-13-19T10:15Z' }, {}))).toThrow(
    /--recorded-at "2026-13-19T10:15Z" is not a valid timestamp/,
  );
  expect(() => saidBy(readSettings({ recordedExpiry: '2026-02-30' }, {}))).toThrow(/--recorded-expiry/);
});
