import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tarOf } from '../testing/archive.fixture.ts';
import { tarMembers } from './tar-members.ts';

async function* inChunks(bytes: Uint8Array, size = 16_384) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What is read of each member when of each body only the first chunk is taken. */
async function firstChunks(bytes: Uint8Array): Promise<[string, number][]> {
  const read: [string, number][] = [];
  for await (const { path, body } of tarMembers(inChunks(bytes))) {
    for await (const chunk of body) {
      read.push([path, chunk.length]);
      break;
    }
  }
  return read;
}

test('a body that is given up leaves the next member readable, however large it is', async () => {
  const bytes = await tarOf([
    ['README', 'x'.repeat(300_000)],
    ['a.csv', 'a'],
  ]);
  const read = await firstChunks(bytes);
  expect(read.map(([path]) => path)).toEqual(['README', 'a.csv']);
  expect(read[0][1]).toBeLessThan(300_000);
});

test('so does a body that is not begun', async () => {
  const bytes = await tarOf([
    ['README', 'x'.repeat(300_000)],
    ['a.csv', 'a'],
  ]);
  const paths: string[] = [];
  for await (const { path } of tarMembers(inChunks(bytes))) paths.push(path);
  expect(paths).toEqual(['README', 'a.csv']);
});

test('the archive may be given up inside a member', async () => {
  const bytes = await tarOf([['README', 'x'.repeat(300_000)]]);
  let ended = false;
  async function* chunks() {
    try {
      yield* inChunks(bytes);
    } finally {
      ended = true;
    }
  }
  for await (const { body } of tarMembers(chunks())) {
    await body[Symbol.asyncIterator]().next();
    break;
  }
  expect(ended).toBe(true);
});

test('an archive that breaks off inside a member that nobody reads throws what its bytes threw', async () => {
  const bytes = await tarOf([['README', 'x'.repeat(300_000)]]);
  async function* chunks() {
    yield* inChunks(bytes.subarray(0, 100_000));
    throw new Error('cut here');
  }
  await expect(async () => {
    for await (const _member of tarMembers(chunks()));
  }).rejects.toThrow('cut here');
});

test.each(['gnu', 'posix'])(
  'a link and a sparse file of format %s are named with what they are',
  async (format) => {
    const folder = mkdtempSync(join(tmpdir(), 'tar-'));
    try {
      writeFileSync(join(folder, 'a.csv'), 'a');
      writeFileSync(join(folder, 'sparse.csv'), 'a');
      truncateSync(join(folder, 'sparse.csv'), 1_000_000);
      symlinkSync('a.csv', join(folder, 'link.csv'));
      const names = ['a.csv', 'sparse.csv', 'link.csv'];
      const { stdout } = spawnSync('tar', ['-C', folder, `--format=${format}`, '-S', '-cf', '-', ...names]);
      const refusals: (string | null)[] = [];
      for await (const { refusal } of tarMembers(inChunks(stdout))) refusals.push(refusal);
      expect(refusals).toEqual([null, expect.stringContaining('sparse'), expect.stringContaining('symlink')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
