import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tarHeader, tarOf } from '../../packages/recordings/src/testing/archive.fixture.ts';
import {
  bhavcopy,
  gzipBomb,
  longTable,
  manyLines,
  manyStrikes,
  manyValues,
  nestedJson,
  xzBomb,
  zipBomb,
  zstdBomb,
} from '../../packages/recordings/src/testing/bombs.fixture.ts';
import { healthDuring } from '../support/meters/health-meter.ts';
import { expectLive, longestMs } from '../support/meters/promised-times.ts';
import { createAccount, FAST_PASSWORDS, logIn, post } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  runToExit,
  STOPPED_MS,
  spawnCli,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';
import { forgetPeak, mebibytes, memoryOf, peakMemoryOf } from '../support/platform/process-memory.ts';

/** Of the idle platform's memory. */
const MAX_MEMORY = 2;
const UNBOUND = ['--recording-max-ratio', '1000000000', '--recording-max-bytes', '1000000000000'];

const IMPORTED_MS = 10_000;

interface Outcome {
  readonly state: 'done' | 'dead';
  /** Chains that were read all the same. */
  readonly chains?: number;
  readonly reason?: RegExp;
}

/** Made once: it takes longer to pack than the platform to refuse. */
let packed: Uint8Array<ArrayBuffer> | undefined;
const fullZip = () => {
  packed ??= zipBomb(150);
  return packed;
};

/** What each costs without bounds: gigabytes of memory or disk, or the event loop. */
const BOMBS: readonly [name: string, content: () => string | Uint8Array | Promise<Uint8Array>, Outcome][] = [
  // First: what it takes itself, without what the others left to be collected.
  ['nifty-100000-rows.parquet', () => longTable(100_000), { state: 'done', chains: 1 }],
  ['nifty-512-MiB.csv.gz', () => gzipBomb(512), { state: 'done', chains: 0 }],
  ['nifty-256-MiB.csv.xz', xzBomb, { state: 'done', chains: 0 }],
  ['nifty-512-MiB.csv.zst', () => zstdBomb(512), { state: 'done', chains: 0 }],
  ['150-members-of-15-MiB.zip', fullZip, { state: 'done', chains: 5 }],
  ['nested-60-MB.json', () => nestedJson(60_000_000), { state: 'done', chains: 0 }],
  ['20-million-objects.json', () => manyValues(20_000_000), { state: 'done', chains: 0 }],
  ['60-million-lines.csv', () => manyLines(60_000_000), { state: 'done', chains: 0 }],
  ['nifty-150000-strikes.csv', () => manyStrikes(150_000), { state: 'done', chains: 1 }],
  [
    'readme-first.tar',
    () =>
      tarOf([
        ['README', 'x'.repeat(30_000)],
        ['fo01AUG2019bhav.csv', bhavcopy('01')],
      ]),
    { state: 'done', chains: 1 },
  ],
  [
    'readme-only.tar',
    () => tarOf([['README', 'x'.repeat(30_000)]]),
    { state: 'dead', reason: /no supported format/ },
  ],
];

interface ImportJob {
  readonly id: string;
  readonly state: string;
  readonly reason: string | null;
  readonly progress: { readonly chains: number; readonly rejected: number } | null;
}

describe('a hostile recording that an administrator imports', () => {
  const folder = temporaryFolder();
  let platform: PlatformProcess;
  let token: string;
  let idle: number;

  const imported = async (file: string): Promise<ImportJob> => {
    const { id } = await post<ImportJob>(`${platform.url}/api/admin/imports`, { file }, token);
    for (;;) {
      const response = await fetch(`${platform.url}/api/admin/imports/${id}`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const job = (await response.json()) as ImportJob;
      if (job.state === 'done' || job.state === 'dead') return job;
      await sleep(50);
    }
  };

  beforeAll(async () => {
    const admin = await createAccount(folder.path, 'admin', 'admin');
    mkdirSync(join(folder.path, 'imports'));
    writeFileSync(join(folder.path, 'imports', 'fo05AUG2019bhav.csv'), bhavcopy('05'));
    platform = await startPlatform(['--source', 'none', '--data', folder.path, ...FAST_PASSWORDS]);
    ({ token } = await logIn(platform.url, admin));
    // What reading an honest one loads belongs to the idle platform.
    expect(await imported('fo05AUG2019bhav.csv')).toMatchObject({ state: 'done' });
    await sleep(1000);
    idle = memoryOf(platform.pid);
  });
  afterAll(async () => {
    await platform?.stop();
    folder.remove();
  });

  it.each(BOMBS)('%s', { tags: ['timing'] }, async (file, content, { state, chains, reason }) => {
    const path = join(folder.path, 'imports', file);
    writeFileSync(path, await content());
    forgetPeak(platform.pid);
    let job: ImportJob | null = null;
    const begun = performance.now();
    const livez = await healthDuring(
      platform.url,
      async () => {
        job = await imported(file);
      },
      '/livez',
    );
    const ms = performance.now() - begun;
    const peak = peakMemoryOf(platform.pid);
    rmSync(path);
    process.stdout.write(
      `${file}: ${ms.toFixed(0)} ms, memory ${mebibytes(idle)} idle, ${mebibytes(peak)} peak, ` +
        `/livez p99 ${livez.p99} ms, max ${livez.max} ms, of a bare server p99 ${livez.bareP99} ms\n`,
    );
    expect(job).toMatchObject({
      state,
      ...(chains !== undefined && { progress: { chains } }),
      ...(reason && { reason: expect.stringMatching(reason) }),
    });
    expect(peak).toBeLessThan(MAX_MEMORY * idle);
    expect(livez.failures).toBe(0);
    expectLive(livez);
    expect(ms).toBeLessThan(longestMs(IMPORTED_MS));
  });
});

describe('a hostile recording as source', () => {
  const folder = temporaryFolder();
  const flags = (path: string) => ['--source', `replay:${path}`, '--speed', 'max', '--data', folder.path];
  const made = async (name: string, content: string | Uint8Array | Promise<Uint8Array>) => {
    const path = join(folder.path, name);
    writeFileSync(path, await content);
    return path;
  };
  afterAll(() => folder.remove());

  it('is read as far as its bounds, and each reason is printed once with its number', async () => {
    const path = await made('bomb.zip', fullZip());
    const begun = performance.now();
    const { code, output } = await runToExit([...flags(path), '--exit-when-done']);
    process.stdout.write(`150 members of 15 MiB replayed in ${(performance.now() - begun).toFixed(0)} ms\n`);
    expect(output).toMatch(
      /146 parts were rejected, the first bomb.zip member bomb4.csv: .*--recording-max-ratio/,
    );
    expect(output.match(/--recording-max-ratio/g)).toHaveLength(1);
    expect(output).toMatch(/Read +5 chains/);
    expect(code).toBe(0);
  });

  it('that is a pipe is refused', async () => {
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { code, output } = await runToExit([...flags(pipe), '--exit-when-done']);
    expect(output).toMatch(/pipe: cannot be opened \(it is a pipe, and a recording is a regular file/);
    expect(code).toBe(1);
  });

  it.each([
    ['gzip', 'nifty.csv.gz', () => gzipBomb(4096)],
    ['xz', 'nifty.csv.xz', xzBomb],
    ['a tar whose first member is 8 GB of something else', 'pages.tar', null],
  ])('ends within the stop timeout when it is sent SIGTERM: %s', async (_what, name, content) => {
    const path = content ? await made(name, content()) : await endlessTar(join(folder.path, name));
    const port = await freePort();
    const run = spawnCli(['--port', String(port), ...flags(path), ...UNBOUND]);
    try {
      // The gateway is there before the source is opened.
      await expect
        .poll(() =>
          fetch(`http://127.0.0.1:${port}/livez`).then(
            (response) => response.status,
            () => 0,
          ),
        )
        .toBe(200);
      const begun = performance.now();
      run.kill('SIGTERM');
      const code = await run.exited();
      const ms = performance.now() - begun;
      process.stdout.write(`SIGTERM while ${name} is read: exit ${code} after ${ms.toFixed(0)} ms\n`);
      expect(code).toBe(0);
      expect(ms).toBeLessThan(longestMs(STOPPED_MS));
    } finally {
      run.kill('SIGKILL');
      await run.exited();
      rmSync(path);
    }
  });
});

/** As much as a header can say, of which the disk holds nothing. */
async function endlessTar(path: string): Promise<string> {
  const size = 8 * 1024 ** 3 - 1;
  const file = openSync(path, 'w');
  writeSync(file, await tarHeader('README', size));
  ftruncateSync(file, size + 1024);
  closeSync(file);
  return path;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
