import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRandom } from '../../packages/server/src/services/feed/synthetic/random.ts';
import { runToExit, startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

/**
 * Flips bits in every kind of file of a data folder, starts the platform on it, and asks for everything that was
 * recorded. A response is the right one, or an error; a wrong figure with status 200, and a process that ends
 * while it is asked, are failures. DELTASTREAM_CORRUPT_ROUNDS sets the rounds of each kind of file.
 */
const ROUNDS = Number(process.env.DELTASTREAM_CORRUPT_ROUNDS ?? 3);
/** Bits flipped in a round: few, as a bad sector or cable flips them, so that most files still open. */
const BITS = [1, 3, 40];
const MINUTES = 40;

const RECORDING = [
  'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg',
  ...Array.from({ length: 2 * MINUTES }, (_, i) => {
    const day = i < MINUTES ? '20260819' : '20260820';
    const minute = String(i % MINUTES).padStart(2, '0');
    return [24_000, 24_050, 24_100].flatMap((strike) =>
      ['CE', 'PE'].map((side) =>
        [`${day}11${minute}`, '25-Aug-2026', strike, side, 24_052 + i, 61.5 + i, 10 + i, 5 + i, i - 2].join(
          ',',
        ),
      ),
    );
  }).flat(),
  '',
].join('\n');

const PATHS = [
  '/api/data/products',
  '/api/data/NIFTY',
  '/api/data/expiries/NIFTY',
  '/api/data/underlying/NIFTY?limit=1000',
  '/api/data/chain/NIFTY',
  '/api/data/chain/NIFTY?at=2026-08-19T06:10:00Z',
  '/api/data/chains/NIFTY?limit=1000',
  '/api/mobile/chain/NIFTY',
  '/api/analytics/ohlc/NIFTY?interval=1m',
  '/api/analytics/ohlc/NIFTY?interval=15m',
  '/api/analytics/pcr/NIFTY',
];

const folder = temporaryFolder();
const sound = join(folder.path, 'sound');
let truth: Map<string, unknown>;

async function answers(url: string): Promise<Map<string, { status: number; body: unknown }>> {
  const found = new Map<string, { status: number; body: unknown }>();
  for (const path of PATHS) {
    const response = await fetch(url + path);
    found.set(path, { status: response.status, body: await response.json() });
  }
  return found;
}

beforeAll(async () => {
  mkdirSync(folder.path, { recursive: true });
  const recording = join(folder.path, 'nifty.csv');
  writeFileSync(recording, RECORDING);
  const flags = ['--source', `replay:${recording}`, '--speed', 'max', '--exit-when-done', '--port', '0'];
  const { code, output } = await runToExit([...flags, '--data', sound]);
  expect(code, output).toBe(0);
  const copy = join(folder.path, 'truth');
  cpSync(sound, copy, { recursive: true });
  const platform = await startPlatform(['--source', 'none', '--data', copy]);
  const found = await answers(platform.url);
  await platform.stop();
  for (const [path, { status }] of found) expect(status, path).toBe(200);
  truth = new Map([...found].map(([path, { body }]) => [path, body]));
});
afterAll(() => folder.remove());

it('flipped bits never become wrong figures, and never end the platform', { timeout: 900_000 }, async () => {
  const counts = { starts: 0, refusals: 0, right: 0, errors: 0, wrong: 0 };
  const wrong: string[] = [];
  const files = ['lock.db', 'users.db', 'logs/current.ndjson', 'recorded/main.db', ...dayFiles()];
  const damage = async (file: string, index: number) => {
    const random = createRandom(20_260_819 + index).uniform;
    const data = join(folder.path, `damaged-${index}`);
    for (let round = 0; round < ROUNDS; round++) {
      rmSync(data, { recursive: true, force: true });
      cpSync(sound, data, { recursive: true });
      const where = flip(join(data, file), BITS[round % BITS.length], random);
      const what = `${file}, bits ${where.join(' ')}`;
      const platform = await startPlatform(['--source', 'none', '--data', data]).catch(
        (error: Error) => error,
      );
      if (platform instanceof Error) {
        // A start that is refused says which file, and what to do; without the others the platform can do.
        expect(['users.db', 'recorded/main.db'], `${what}: ${platform.message}`).toContain(file);
        counts.refusals++;
        expect(platform.message, what).toContain(basename(file));
        expect(platform.message, what).not.toMatch(/\n\s+at .*\.ts:\d+/);
        continue;
      }
      counts.starts++;
      for (const [path, { status, body }] of await answers(platform.url)) {
        if (status !== 200) counts.errors++;
        else if (isDeepStrictEqual(body, truth.get(path))) counts.right++;
        else {
          counts.wrong++;
          wrong.push(`${what}: ${path}`);
        }
      }
      expect(await platform.stop(), `${what}: ${platform.output()}`).toBe(0);
    }
  };
  await Promise.all(files.map(damage));
  process.stdout.write(
    `Flipped bits in ${files.length} files, ${ROUNDS} rounds each: ${counts.starts} starts, ` +
      `${counts.refusals} refused by name; ${counts.right} right answers, ${counts.errors} errors, ` +
      `${counts.wrong} wrong.\n`,
  );
  expect(wrong).toEqual([]);
  expect(counts.right).toBeGreaterThan(0);
});

const dayFiles = () =>
  readdirSync(join(sound, 'recorded'))
    .filter((name) => /^hot-\d+\.db$/.test(name))
    .map((name) => join('recorded', name));

/** Flips bits of a file; returns which. */
function flip(file: string, bits: number, random: () => number): number[] {
  const bytes = readFileSync(file);
  const flipped = Array.from({ length: bits }, () => Math.floor(random() * 8 * bytes.length));
  for (const bit of flipped) bytes[bit >> 3] ^= 1 << (bit & 7);
  writeFileSync(file, bytes);
  return flipped;
}
