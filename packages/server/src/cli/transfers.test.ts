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
import { brought } from './transfers.ts';

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

it('refuses what would be copied without end', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero']) {
    await expect(brought(path, imports)).rejects.toMatchObject({ code: 'unreadable_source' });
  }
});
