import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { temporaryFolder } from './imports.fixture.ts';
import { createUploads } from './uploads.ts';

const LIMITS = { uploadMaxBytes: 100, uploadStaleMs: 60_000 };
const base64 = (text: string) => Buffer.from(text).toString('base64');
let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder('uploads-');
});
afterEach(() => folder.remove());
const start = (limits = LIMITS) => createUploads(join(folder.path, 'imports'), limits);
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
  expect(readdirSync(join(folder.path, 'imports'))).toEqual(['a.csv']);
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
