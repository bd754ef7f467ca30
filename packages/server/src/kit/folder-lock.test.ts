import { mkdtempSync, writeFileSync } from 'node:fs';
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

it('names a folder whose lock file is not a lock file', () => {
  const path = folder();
  writeFileSync(join(path, 'lock.db'), 'something else entirely, longer than a header of SQLite'.repeat(100));
  expect(() => lockFolder(path)).toThrow(expect.objectContaining({ code: 'data_folder_unusable' }));
});
