import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
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

it('replaces a lock file that is not a database, for it holds nobody', () => {
  const path = folder();
  writeFileSync(join(path, 'lock.db'), 'something else entirely, longer than a header of SQLite'.repeat(100));
  const first = lockFolder(path);
  expect(() => lockFolder(path)).toThrow(expect.objectContaining({ code: 'data_folder_in_use' }));
  first.release();
  expect(readdirSync(path).filter((name) => name.includes('damaged'))).toEqual([]);
});

/** A process of its own: locks of one process do not tell on each other as those of two do. */
function lockElsewhere(path: string): string {
  const script = `import { lockFolder } from ${JSON.stringify(new URL('./folder-lock.ts', import.meta.url).href)};
    try { lockFolder(${JSON.stringify(path)}).release(); console.log('locked'); } catch (error) { console.log(error.code); }`;
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
}

it('cannot be taken by another process after the file was damaged in place', () => {
  const path = folder();
  const held = lockFolder(path);
  expect(lockElsewhere(path)).toBe('data_folder_in_use');
  writeFileSync(join(path, 'trash'), 'garbage, longer than a header of SQLite '.repeat(300));
  execFileSync('dd', [`if=${join(path, 'trash')}`, `of=${join(path, 'lock.db')}`, 'conv=notrunc'], {
    stdio: 'ignore',
  });
  expect(lockElsewhere(path)).toBe('data_folder_in_use');
  held.release();
  expect(lockElsewhere(path)).toBe('locked');
});

it('is taken again after the file was removed', async () => {
  const path = folder();
  const held = lockFolder(path, { checkMs: 10 });
  rmSync(join(path, 'lock.db'));
  await expect.poll(() => readdirSync(path)).toContain('lock.db');
  expect(lockElsewhere(path)).toBe('data_folder_in_use');
  expect(held.problem()).toBeNull();
  held.release();
});

it('is lost, and says so once, when another holds the file that replaced it', async () => {
  const path = folder();
  const lost: string[] = [];
  const held = lockFolder(path, { checkMs: 50, onLost: (reason) => lost.push(reason) });
  rmSync(join(path, 'lock.db'));
  const other = lockFolder(path);
  await expect.poll(() => lost).toHaveLength(1);
  expect(held.problem()).toMatch(/another process uses .*lock\.db was removed or replaced/);
  expect(other.problem()).toBeNull();
  held.release();
  other.release();
});

it('is known to be lost within a tenth of a second, so that two do not write to one folder for longer', () => {
  vi.useFakeTimers();
  try {
    const path = folder();
    const lost: string[] = [];
    const held = lockFolder(path, { onLost: (reason) => lost.push(reason) });
    rmSync(join(path, 'lock.db'));
    const other = lockFolder(path);
    vi.advanceTimersByTime(100);
    expect(lost).toHaveLength(1);
    held.release();
    other.release();
  } finally {
    vi.useRealTimers();
  }
});
