import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRecordFile, type RecordFile, type RecordFileOptions } from './record-file.ts';

let folder: string;
let file: RecordFile | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltastream-record-file-'));
});
afterEach(async () => {
  await file?.close();
  rmSync(folder, { recursive: true });
});

const bytes = (text: string) => [Buffer.from(text)];

async function recordFile(more: Partial<RecordFileOptions> = {}) {
  const told = { stopped: [] as string[], behind: 0 };
  file = await createRecordFile({
    pathOf: (number) => join(folder, `${number}`),
    head: () => bytes('head\n'),
    lost: (records) => bytes(`lost ${records}\n`),
    ...{ flushMs: 60_000, rotateBytes: 1e9, bufferBytes: 1e9, room: { bytes: 1e9 } },
    onStopped: (reason) => void told.stopped.push(reason),
    onLost: () => {
      told.behind++;
    },
    ...more,
  });
  return { file, told };
}

const contentOf = (number: number) => zstdDecompressSync(readFileSync(join(folder, `${number}`))).toString();

it('leaves out what has no room in the buffer, and writes how much that was where it was', async () => {
  const { file, told } = await recordFile({ bufferBytes: 20 });
  expect(['first record\n', 'too long for it\n', 'next\n'].map((text) => file.append(bytes(text)))).toEqual([
    true,
    false,
    false,
  ]);
  await file.written();
  expect(file.append(bytes('later\n'))).toBe(true);
  await file.close();
  expect(contentOf(1)).toBe('head\nfirst record\nlost 2\nlater\n');
  expect(told).toEqual({ stopped: [], behind: 1 });
});

it('begins a new file where it is told, also for what waits', async () => {
  const { file } = await recordFile();
  file.append(bytes('monday\n'));
  file.rotate();
  file.append(bytes('tuesday\n'));
  await file.close();
  expect([contentOf(1), contentOf(2)]).toEqual(['head\nmonday\n', 'head\ntuesday\n']);
});

it('ends with the reason when the disk is full, takes nothing more, and throws nothing', async () => {
  // Writing to it fails as writing to a full disk does.
  const { file, told } = await recordFile({ openFile: () => open('/dev/full', 'w') });
  file.append(bytes('record\n'));
  await file.written();
  expect(told.stopped).toEqual([expect.stringContaining('ENOSPC')]);
  expect(file.append(bytes('record\n'))).toBe(false);
  await file.close();
});

it('writes before its buffer is full, however seldom it is due', async () => {
  const { file, told } = await recordFile({ bufferBytes: 1_000 });
  let sizes = 0;
  for (let record = 0; record < 10; record++) {
    expect(file.append([Buffer.alloc(600, 'x')])).toBe(true);
    // As a disk that keeps up.
    await expect.poll(() => readFileSync(join(folder, '1')).length).toBeGreaterThan(sizes);
    sizes = readFileSync(join(folder, '1')).length;
  }
  expect(told.behind).toBe(0);
});

it('brings a file to the disk before it goes on in the next one', async () => {
  const synced: string[] = [];
  const openFile = async (path: string) => {
    const handle = await open(path, 'wx');
    const datasync = handle.datasync.bind(handle);
    handle.datasync = async () => {
      await datasync();
      synced.push(path);
    };
    return handle;
  };
  const { file } = await recordFile({ openFile });
  file.append(bytes('monday\n'));
  file.rotate();
  file.append(bytes('tuesday\n'));
  await file.written();
  expect(synced).toEqual([join(folder, '1')]);
});

it('leaves no file behind in which nothing was written', async () => {
  const { file, told } = await recordFile({ room: { bytes: 3 } });
  file.append(bytes('record\n'));
  await file.written();
  expect(told.stopped).toHaveLength(1);
  await file.close();
  expect(readdirSync(folder)).toEqual([]);
});
