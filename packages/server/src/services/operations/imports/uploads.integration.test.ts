import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../kit/logging/log.ts';
import { temporaryFolder } from './imports.fixture.ts';
import { createUploads } from './uploads.ts';

const LIMITS = {
  uploadMaxBytes: 100,
  uploadsMaxBytes: 10_000,
  uploadsMaxFiles: 100,
  uploadsKeptMs: 0,
  uploadStaleMs: 60_000,
};
const base64 = (text: string) => Buffer.from(text).toString('base64');
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('uploads-');
});
afterEach(() => folder.remove());
let used: string[];
beforeEach(() => {
  used = [];
});
const start = (limits: Partial<typeof LIMITS> = {}) =>
  createUploads({
    folder: join(folder.path, 'imports'),
    limits: { ...LIMITS, ...limits },
    inUse: async () => used,
    logger: silentLogger,
  });
const inFolder = () => readdirSync(join(folder.path, 'imports')).filter((name) => !name.startsWith('.'));
const content = (file: string) => readFileSync(join(folder.path, 'imports', file), 'utf8');

it('are there under their name when they are complete, in the place of another', async () => {
  const { take } = start();
  expect(await take({ file: 'a.csv', offset: 0, content: base64('one ') })).toEqual({
    file: 'a.csv',
    received: 4,
    complete: false,
  });
  expect(inFolder()).toEqual([]);
  const sha256 = createHash('sha256').update('one two').digest('hex');
  await take({ file: 'a.csv', offset: 4, content: base64('two'), complete: true, sha256 });
  expect([inFolder(), content('a.csv')]).toEqual([['a.csv'], 'one two']);
  await take({ file: 'a.csv', offset: 0, content: base64('three'), complete: true });
  expect(content('a.csv')).toBe('three');
  expect(readdirSync(join(folder.path, 'imports'))).toEqual(['.uploaded', 'a.csv']);
});

it('go on after an interruption, with a part that is sent again', async () => {
  await start().take({ file: 'a.csv', offset: 0, content: base64('one two') });
  const { take } = start();
  await expect(take({ file: 'a.csv', offset: 8, content: base64('x') })).rejects.toMatchObject({
    code: 'invalid_request',
    message: 'offset: 7 bytes are here; send what follows them',
  });
  await expect(take({ file: 'b.csv', offset: 1, content: '' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await take({ file: 'a.csv', offset: 4, content: base64('TWO three'), complete: true });
  expect(content('a.csv')).toBe('one TWO three');
});

it('that arrived otherwise than they were sent are not taken', async () => {
  const { take } = start();
  const sha256 = createHash('sha256').update('two').digest('hex');
  await expect(
    take({ file: 'a.csv', offset: 0, content: base64('one'), complete: true, sha256 }),
  ).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('sha256'),
  });
  expect(readdirSync(join(folder.path, 'imports'))).toEqual([]);
});

it('have a bound in size and number, and what nobody completes is removed', async () => {
  const { take } = start();
  await expect(take({ file: 'a.csv', offset: 90, content: base64('x'.repeat(11)) })).rejects.toMatchObject({
    code: 'payload_too_large',
  });
  for (let i = 0; i < 16; i++) await take({ file: `a-${i}.csv`, offset: 0, content: '' });
  await expect(take({ file: 'b.csv', offset: 0, content: '' })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  // One that begins anew is none more.
  await take({ file: 'a-0.csv', offset: 0, content: base64('x') });
  const [part] = readdirSync(join(folder.path, 'imports'));
  const old = new Date(Date.now() - 61_000);
  utimesSync(join(folder.path, 'imports', part), old, old);
  await take({ file: 'b.csv', offset: 0, content: '' });
  expect(readdirSync(join(folder.path, 'imports'))).not.toContain(part);
});

it('say what is wrong where the folder cannot be written', async () => {
  writeFileSync(join(folder.path, 'imports'), '');
  await expect(start().take({ file: 'a.csv', offset: 0, content: '' })).rejects.toMatchObject({
    code: 'data_folder_unusable',
  });
});

describe('together', () => {
  const complete = (file: string, bytes: number) => {
    const content = base64('x'.repeat(bytes));
    return { file, offset: 0, content, complete: true };
  };

  it('have a bound: the oldest that are complete make room, none that is imported or new', async () => {
    const { take } = start({ uploadsMaxBytes: 100, uploadStaleMs: 0 });
    await take(complete('a.csv', 40));
    await take(complete('b.csv', 40));
    // Of an operator, who keeps the folder: neither counted nor removed.
    writeFileSync(join(folder.path, 'imports', 'operator.csv'), 'x'.repeat(90));
    used = ['a.csv'];
    await take(complete('c.csv', 40));
    expect(inFolder()).toEqual(['a.csv', 'c.csv', 'operator.csv']);
    // One that replaces itself needs no other's room.
    await take(complete('c.csv', 60));
    expect(inFolder()).toEqual(['a.csv', 'c.csv', 'operator.csv']);
    used = ['a.csv', 'c.csv'];
    await expect(take(complete('d.csv', 1))).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringMatching(/d.csv does not fit.*100 bytes \(--import-uploads-max-bytes\)/),
    });
    used = [];
    await expect(start({ uploadsMaxBytes: 100 }).take(complete('d.csv', 1))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    expect(inFolder()).toEqual(['a.csv', 'c.csv', 'operator.csv']);
  });

  it('lose none to a part that is refused', async () => {
    const { take } = start({ uploadsMaxBytes: 100, uploadStaleMs: 0 });
    await take(complete('a.csv', 30));
    await take(complete('b.csv', 30));
    await expect(take({ ...complete('c.csv', 1), offset: 90 })).rejects.toMatchObject({
      code: 'invalid_request',
    });
    used = ['b.csv'];
    await expect(take(complete('c.csv', 80))).rejects.toMatchObject({ code: 'payload_too_large' });
    expect(inFolder()).toEqual(['a.csv', 'b.csv']);
  });

  it('are so many at most, those under way among them', async () => {
    const { take } = start({ uploadsMaxFiles: 3, uploadStaleMs: 60_000 });
    await take({ file: 'a.csv', offset: 0, content: '' });
    for (const file of ['b.csv', 'c.csv']) await take(complete(file, 1));
    await take(complete('c.csv', 2));
    await expect(take(complete('d.csv', 1))).rejects.toMatchObject({
      code: 'payload_too_large',
      message: expect.stringMatching(/be 3 files \(--import-uploads-max-files\)/),
    });
    await start({ uploadsMaxFiles: 2, uploadStaleMs: 0 }).take(complete('d.csv', 1));
    expect(inFolder()).toEqual(['c.csv', 'd.csv']);
  });

  it('count one whose process ended as it became complete', async () => {
    await start().take(complete('a.csv', 60));
    const notes = join(folder.path, 'imports', '.uploaded');
    // As if only the note that precedes the file were there.
    for (const name of readdirSync(notes)) renameSync(join(notes, name), join(notes, `${name}.next`));
    const { take } = start({ uploadsMaxBytes: 100, uploadStaleMs: 0 });
    await take(complete('b.csv', 60));
    expect(inFolder()).toEqual(['b.csv']);
    expect(readdirSync(notes)).toHaveLength(1);
  });

  it('are not there before they are noted', async () => {
    const { take } = start();
    await take({ file: 'a.csv', offset: 0, content: base64('one') });
    const notes = join(folder.path, 'imports', '.uploaded');
    writeFileSync(notes, '');
    const rest = { file: 'a.csv', offset: 3, content: base64(' two'), complete: true };
    await expect(take(rest)).rejects.toMatchObject({ code: 'data_folder_unusable' });
    expect(inFolder()).toEqual([]);
    rmSync(notes);
    await take(rest);
    expect(content('a.csv')).toBe('one two');
  });

  it('count what is under way, at every part', async () => {
    const { take } = start({ uploadsMaxBytes: 100 });
    await take({ file: 'a.csv', offset: 0, content: base64('x'.repeat(60)) });
    await take({ file: 'b.csv', offset: 0, content: base64('x'.repeat(30)) });
    await expect(take({ file: 'b.csv', offset: 30, content: base64('x'.repeat(11)) })).rejects.toMatchObject({
      code: 'payload_too_large',
    });
    await take({ file: 'b.csv', offset: 30, content: base64('x'.repeat(10)), complete: true });
    expect(inFolder()).toEqual(['b.csv']);
  });

  it('are removed when they have been complete for long, but for those that are imported', async () => {
    const { take } = start();
    for (const file of ['a.csv', 'b.csv']) await take(complete(file, 10));
    await take(complete('c.csv', 10));
    // Written over by an operator: not an upload any more.
    writeFileSync(join(folder.path, 'imports', 'c.csv'), 'own');
    used = ['a.csv'];
    await start({ uploadsKeptMs: 3_600_000 }).tidy();
    await start({ uploadsKeptMs: 0 }).tidy();
    expect(inFolder()).toEqual(['a.csv', 'b.csv', 'c.csv']);
    await expect
      .poll(async () => {
        await start({ uploadsKeptMs: 1 }).tidy();
        return inFolder();
      })
      .toEqual(['a.csv', 'c.csv']);
  });
});
