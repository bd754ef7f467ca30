import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createLogger } from '../../../../kit/logging/log.ts';
import { createConsoleLog } from '../../../../kit/logging/outputs/console-log.ts';
import { minutesCsv, startImports, temporaryFolder } from '../imports.fixture.ts';
import { digestOf, unreadable } from './arriving-files.ts';

type Stand = Awaited<ReturnType<typeof startImports>>;
let folder: ReturnType<typeof temporaryFolder>;
let inbox: string;
let shown = '';
const stands: Stand[] = [];
beforeEach(() => {
  folder = temporaryFolder('watched-');
  inbox = join(folder.path, 'inbox');
  mkdirSync(inbox);
  shown = '';
});
afterEach(async () => {
  for (const each of stands.splice(0)) await each.stop();
  folder.remove();
});

const watch = async (settings: Parameters<typeof startImports>[1] = {}, data = 'data'): Promise<Stand> => {
  const logger = createLogger(
    'warn',
    createConsoleLog((text) => {
      shown += text;
    }),
  );
  const given = { importFolder: inbox, folderPollMs: 10, folderSettledMs: 0, logger, ...settings };
  const stand = await startImports(join(folder.path, data), given);
  stands.push(stand);
  await stand.imports.start();
  return stand;
};
const drop = (name: string, content: string) => {
  writeFileSync(join(inbox, `.${name}`), content);
  renameSync(join(inbox, `.${name}`), join(inbox, name));
};
const here = (where = '.') =>
  readdirSync(join(inbox, where))
    .filter((name) => !name.startsWith('.'))
    .sort();
const report = (path: string) => JSON.parse(readFileSync(join(inbox, `${path}.report.json`), 'utf8'));
const problems = (stand: Stand) => stand.imports.importFolder()?.problems;

it('imports a file once, and moves it with its report and what was rejected', async () => {
  const { imports, store } = await watch();
  const content = `${minutesCsv(3)}<html>\n`;
  drop('nifty.csv', content);
  await expect.poll(() => here()).toEqual(['done']);
  expect(here('done')).toEqual(['nifty.csv', 'nifty.csv.rejects.csv', 'nifty.csv.report.json']);
  expect(readFileSync(join(inbox, 'done', 'nifty.csv'), 'utf8')).toBe(content);
  expect(report('done/nifty.csv')).toMatchObject({
    imported: true,
    watched: true,
    progress: { chains: 3, rejected: 1, stored: true },
  });
  const [{ id }] = await imports.list();
  expect(await imports.rejects(id)).toBe(join(inbox, 'done', 'nifty.csv.rejects.csv'));

  // Again, and a copy: known by what they hold. Another content of that name is another file.
  drop('nifty.csv', content);
  drop('nifty (1).csv', content);
  await expect.poll(() => here('done')).toEqual(expect.arrayContaining(['nifty.csv~2', 'nifty (1).csv']));
  expect(report('done/nifty.csv~2')).toMatchObject({ imported: false, reason: 'it was imported already' });
  expect(await imports.list()).toHaveLength(1);
  drop('nifty.csv', minutesCsv(5));
  await expect.poll(() => here('done')).toContain('nifty.csv~3');
  expect(await imports.list()).toHaveLength(2);
  expect((await store.counts()).snapshots).toBe(5);
});

it('remembers what was imported over a restart, in a folder that was cleared', async () => {
  const first = await watch();
  drop('nifty.csv', minutesCsv(3));
  await expect.poll(() => here()).toEqual(['done']);
  await stands.splice(0)[0].stop();
  expect(problems(first)).toEqual([]);
  const second = await watch();
  drop('nifty.csv', minutesCsv(3));
  await expect.poll(() => here('done')).toContain('nifty.csv~2');
  expect(await second.imports.list()).toEqual([]);
});

it('leaves a file until it has not changed for a while, or is said to be complete', async () => {
  const { imports } = await watch({ folderSettledMs: 400 });
  const lines = minutesCsv(4).split('\n');
  writeFileSync(join(inbox, 'nifty.csv'), `${lines[0]}\n`);
  writeFileSync(join(inbox, 'nifty-2.csv.part'), minutesCsv(2));
  for (const line of lines.slice(1, -1)) {
    appendFileSync(join(inbox, 'nifty.csv'), `${line}\n`);
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(await imports.list()).toEqual([]);
  }
  await expect.poll(() => here()).toEqual(['done', 'nifty-2.csv.part']);
  expect((await imports.list())[0].progress).toMatchObject({ chains: 4 });

  writeFileSync(join(inbox, 'nifty-3.csv'), minutesCsv(1));
  writeFileSync(join(inbox, 'nifty-3.csv.done'), '');
  await expect.poll(() => here()).toEqual(['done', 'nifty-2.csv.part']);
});

it('refuses links, pipes and names that are none, and says so once', async () => {
  const stand = await watch();
  writeFileSync(join(folder.path, 'secret.csv'), minutesCsv(2));
  symlinkSync(join(folder.path, 'secret.csv'), join(inbox, 'link.csv'));
  execFileSync('mkfifo', [join(inbox, 'pipe.csv')]);
  drop('-x.csv', minutesCsv(1));
  await expect.poll(() => problems(stand)?.length).toBe(3);
  expect(problems(stand)).toEqual(
    expect.arrayContaining([
      { file: 'link.csv', reason: 'it is a link, and only plain files are imported' },
      { file: 'pipe.csv', reason: 'it is a pipe, and only plain files are imported' },
      { file: '-x.csv', reason: expect.stringContaining("a recording's name has letters") },
    ]),
  );
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(shown.split('\n').filter((line) => line.includes('link.csv'))).toHaveLength(1);
  expect(await stand.imports.list()).toEqual([]);
});

it('moves what cannot be imported to failed, with the reason, once nothing else is imported', async () => {
  await watch({ folderMaxBytes: 100_000 });
  drop('letter.txt', 'Dear Sir');
  drop('large.csv', 'x'.repeat(100_001));
  drop('nifty.csv', minutesCsv(3));
  await expect.poll(() => here()).toEqual(['done', 'failed']);
  expect(here('failed')).toEqual([
    'large.csv',
    'large.csv.report.json',
    'letter.txt',
    'letter.txt.report.json',
  ]);
  expect(report('failed/letter.txt')).toMatchObject({
    imported: false,
    reason: expect.stringMatching(/no supported format/),
  });
  expect(report('failed/large.csv').reason).toMatch(/100001 bytes.*--import-folder-max-bytes/);
});

it('says which files it cannot move, imports none of them twice, and moves them when it can', async () => {
  const elsewhere = join(folder.path, 'elsewhere');
  mkdirSync(elsewhere);
  symlinkSync(elsewhere, join(inbox, 'done'));
  const stand = await watch();
  drop('nifty.csv', minutesCsv(3));
  await expect
    .poll(() => problems(stand))
    .toContainEqual({
      file: 'nifty.csv',
      reason: 'it is done and cannot be moved (it is a link in the place of that folder)',
    });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(shown.split('\n').filter((line) => line.includes('nifty.csv'))).toHaveLength(1);
  expect(await stand.imports.list()).toHaveLength(1);
  expect([readdirSync(elsewhere), here()]).toEqual([[], ['done', 'nifty.csv']]);
  unlinkSync(join(inbox, 'done'));
  await expect.poll(() => here()).toEqual(['done']);
  expect(here('done')).toEqual(['nifty.csv', 'nifty.csv.report.json']);
  expect(problems(stand)).toEqual([]);
});

it('is watched by one process at a time; the next one takes over when that ends', async () => {
  const first = await watch({}, 'one');
  const second = await watch({}, 'two');
  await expect.poll(() => problems(second)).toEqual([{ file: null, reason: 'another process watches it' }]);
  for (let i = 0; i < 5; i++) drop(`nifty-${i}.csv`, minutesCsv(i + 1));
  await expect.poll(() => here()).toEqual(['done']);
  expect(await first.imports.list()).toHaveLength(5);
  expect(await second.imports.list()).toEqual([]);
  stands.splice(stands.indexOf(first), 1);
  await first.stop();
  drop('nifty-6.csv', minutesCsv(6));
  await expect.poll(() => second.imports.list()).toHaveLength(1);
  await expect.poll(() => here()).toEqual(['done']);
});

it('says that its folder is missing, and watches it once it is there', async () => {
  const stand = await watch({ importFolder: join(inbox, 'later') });
  await expect.poll(() => problems(stand)).toEqual([{ file: null, reason: 'it cannot be read (ENOENT)' }]);
  mkdirSync(join(inbox, 'later'));
  await expect.poll(() => stand.imports.importFolder()).toMatchObject({ watched: true, problems: [] });
});

it('says why a file cannot be read', async () => {
  // A plain file by what is known of it, which nobody can read: permissions do not keep the administrator from it.
  const state = { size: 0, mtimeMs: 0, ino: 0 };
  await expect(digestOf('/proc/self/mem/x', state).catch((error) => unreadable(error))).resolves.toBe(
    'it cannot be read (ENOTDIR)',
  );
});

it('gives each import its own list of what was rejected, also of files of one name', async () => {
  const { imports } = await watch();
  const listOf = async (id: string) =>
    readFileSync(await imports.rejects(id), 'utf8')
      .trim()
      .split('\n').length - 1;
  mkdirSync(join(folder.path, 'data', 'imports'), { recursive: true });
  writeFileSync(join(folder.path, 'data', 'imports', 'nifty.csv'), `${minutesCsv(1)}${'<html>\n'.repeat(3)}`);
  await imports.add({ file: 'nifty.csv' });
  await expect.poll(async () => (await imports.list())[0].state).toBe('done');
  for (const bad of [1, 2]) {
    drop('nifty.csv', `${minutesCsv(2)}${'<html>\n'.repeat(bad)}`);
    await expect.poll(() => here('done')).toHaveLength(3 * bad);
  }
  expect(here('done')).toContain('nifty.csv~2.rejects.csv');
  const listed = (await imports.list()).map(({ id, watched, progress }) => ({
    ...{ id, watched, rejected: progress?.rejected },
  }));
  expect(listed.map(({ watched, rejected }) => [watched, rejected])).toEqual(
    expect.arrayContaining([
      [false, 3],
      [true, 1],
      [true, 2],
    ]),
  );
  for (const { id, rejected } of listed) expect(await listOf(id)).toBe(rejected);
});

it('stops while a large file is read', async () => {
  await watch();
  writeFileSync(join(inbox, '.large.csv'), '');
  truncateSync(join(inbox, '.large.csv'), 8 * 2 ** 30);
  renameSync(join(inbox, '.large.csv'), join(inbox, 'large.csv'));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const begun = performance.now();
  await stands.splice(0)[0].stop();
  expect(performance.now() - begun).toBeLessThan(2_000);
  expect(shown).toBe('');
});
