import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { gzipBomb, xzBomb, zstdBomb } from '../testing/bombs.fixture.ts';
import { withFile } from '../testing/recordings.fixture.ts';
import { createRecordingAccess } from './recording-access.ts';
import { openRecordingBytes } from './recording-bytes.ts';
import type { RecordingLimits } from './recording-limits.ts';

const UNBOUND: Partial<RecordingLimits> = { maxRatio: 1_000_000 };

async function sizeOf(content: string | Uint8Array, limits: Partial<RecordingLimits> = {}): Promise<number> {
  return withFile('made.csv', content, async (path) => {
    const bytes = await openRecordingBytes(path, createRecordingAccess({ limits }));
    let size = 0;
    try {
      for await (const chunk of bytes.chunks()) size += chunk.length;
    } finally {
      await bytes.close();
    }
    return size;
  });
}

describe('a compressed file', () => {
  test.each([
    ['plain', 'one,two'],
    ['gzip', gzipSync('one,two')],
    ['zstd', zstdCompressSync('one,two')],
  ])('%s is told by its first bytes', async (_what, content) => {
    expect(await sizeOf(content)).toBe(7);
  });

  test.each([
    ['gzip', gzipBomb(128)],
    ['xz', xzBomb()],
    ['zstd', zstdBomb(128)],
  ])('%s unpacks to no more than its bounds', async (_what, bomb) => {
    await expect(sizeOf(bomb)).rejects.toMatchObject({
      code: 'recording_too_large',
      message: expect.stringMatching(
        /^made.csv: \d+ bytes unpack from .*, more than 100 \(limits.maxRatio\)/,
      ),
    });
    await expect(sizeOf(bomb, { ...UNBOUND, maxBytes: 1_000_000 })).rejects.toMatchObject({
      code: 'recording_too_large',
      message: expect.stringMatching(/unpacks to \d+ bytes, more than 1000000 \(limits.maxBytes\)/),
    });
  });

  test('leaves the event loop to others while it is read', async () => {
    // By this thread's own time: what the machine does to everybody is not the reader's.
    const spent = () => {
      const { user, system } = process.threadCpuUsage();
      return (user + system) / 1000;
    };
    let longest = 0;
    let last = spent();
    const timer = setInterval(() => {
      longest = Math.max(longest, spent() - last);
      last = spent();
    }, 1);
    for (const bomb of [xzBomb(), zstdBomb(64)]) {
      last = spent();
      await sizeOf(bomb, UNBOUND);
    }
    clearInterval(timer);
    process.stdout.write(`longest turn while 320 MiB are unpacked: ${longest.toFixed(0)} ms\n`);
    expect(longest).toBeLessThan(100);
  });

  test('ends at once when its reading is stopped', async () => {
    await withFile('made.xz', xzBomb(), async (path) => {
      const stopping = new AbortController();
      const access = createRecordingAccess({ limits: UNBOUND, signal: stopping.signal });
      const bytes = await openRecordingBytes(path, access);
      const chunks = bytes.chunks();
      await chunks.next();
      stopping.abort();
      await expect(
        (async () => {
          for await (const _chunk of chunks);
        })(),
      ).rejects.toMatchObject({ code: 'stopped' });
      await bytes.close();
      await expect(openRecordingBytes(path, access)).rejects.toMatchObject({ code: 'stopped' });
    });
  });

  test('xz is read beside another one that pauses', async () => {
    await withFile('made.xz', xzBomb(), async (path) => {
      const access = createRecordingAccess({});
      const bytes = await openRecordingBytes(path, access);
      const paused = bytes.chunks();
      await paused.next();
      const other = bytes.chunks();
      expect((await other.next()).value?.length).toBeGreaterThan(0);
      await Promise.all([paused.return(undefined), other.return(undefined)]);
      const again = bytes.chunks();
      expect((await again.next()).value?.length).toBeGreaterThan(0);
      await again.return(undefined);
      await bytes.close();
    });
  });
});

describe('what is not a regular file is refused at once, with what it is', () => {
  const refusal = (path: string, followLinks = true) =>
    openRecordingBytes(path, createRecordingAccess({ followLinks })).then(
      () => 'opened',
      (error: Error) => error.message,
    );

  test('a pipe, a socket, a device, a folder', async () => {
    await withFile('made.csv', '', async (path) => {
      const pipe = join(dirname(path), 'pipe');
      execFileSync('mkfifo', [pipe]);
      const socket = join(dirname(path), 'socket');
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      expect(await refusal(pipe)).toMatch(
        /^pipe: cannot be opened \(it is a pipe, and a recording is a regular/,
      );
      expect(await refusal(socket)).toMatch(/^socket: .*it is a socket/);
      await new Promise((resolve) => server.close(resolve));
    });
    expect(await refusal('/dev/zero')).toMatch(/^zero: .*it is a terminal or other device/);
    expect(await refusal(tmpdir())).toMatch(/it is a folder/);
  });

  test('and a link where links are not followed', async () => {
    await withFile('made.csv', 'one,two', async (path) => {
      const link = join(dirname(path), 'link.csv');
      symlinkSync(path, link);
      expect(await refusal(link)).toBe('opened');
      expect(await refusal(link, false)).toMatch(/^link.csv: cannot be opened \(ELOOP/);
    });
  });
});
