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
  for await (const { path, body } of tarMembers(inChunks(bytes), 'a.tar')) {
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
  for await (const { path } of tarMembers(inChunks(bytes), 'a.tar')) paths.push(path);
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
  for await (const { body } of tarMembers(chunks(), 'a.tar')) {
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
    for await (const _member of tarMembers(chunks(), 'a.tar'));
  }).rejects.toThrow('cut here');
});

test.each([
  ['checksum', 0, 148, '9999999'],
  ['size', 0, 124, 'zzzzzzzzzzz'],
  ['checksum of the second member', 1024, 148, '9999999'],
])(
  'a damaged %s is an error that names file and place, after the members before it',
  async (_what, header, at, text) => {
    const bytes = Buffer.from(
      await tarOf([
        ['a.csv', 'a'],
        ['b.csv', 'b'],
      ]),
    );
    bytes.write(text, header + at, 'latin1');
    const paths: string[] = [];
    const read = async () => {
      for await (const { path } of tarMembers(inChunks(bytes), 'a.tar')) paths.push(path);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringMatching(
        header === 0
          ? /^a\.tar: the archive is damaged at its beginning/
          : /^a\.tar: the archive is damaged after a\.csv/,
      ),
    });
    expect(paths).toEqual(header === 0 ? [] : ['a.csv']);
  },
);

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
      for await (const { refusal } of tarMembers(inChunks(stdout), 'a.tar')) refusals.push(refusal);
      expect(refusals).toEqual([null, expect.stringContaining('sparse'), expect.stringContaining('symlink')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
