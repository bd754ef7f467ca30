import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockFolder } from './folder-lock.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'lock-'));

it('refuses a second holder until the first lets go', () => {
  const path = join(folder(), 'made', 'on', 'demand');
  const first = lockFolder(path);
  expect(() => lockFolder(path)).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }));
  first.release();
  first.release();
  lockFolder(path).release();
});

it('names a folder that cannot be written', () => {
  const file = join(folder(), 'file');
  writeFileSync(file, '');
  expect(() => lockFolder(file)).toThrow(
    expect.objectContaining({ code: 'data_folder_unusable', message: expect.stringContaining(file) }),
  );
});

it('replaces a lock file that is no database, for it holds nobody', () => {
  const path = folder();
  writeFileSync(join(path, 'lock.db'), 'something else entirely, longer than a header of SQLite'.repeat(100));
  const first = lockFolder(path);
  expect(() => lockFolder(path)).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }));
  first.release();
  expect(readdirSync(path).filter((name) => name.includes('damaged'))).toEqual([]);
});
