import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parquetMetadata } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';
import { createExportedMarket } from './exported-market.fixture.ts';

const KILLS = 20;
const STEPS = 60;
const STRIKES = 20;
const PRODUCTS = ['BANKNIFTY', 'FINNIFTY', 'NIFTY'];
const PROGRAM = fileURLToPath(new URL('./export-run.fixture.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'export-killed-'));
const stored = join(folder, 'store');

beforeAll(async () => {
  await (await createExportedMarket(stored, STEPS, STRIKES, PRODUCTS)).close();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Rows of each file that has its final name, by its name; throws where one is not complete. */
function exported(target: string): Map<string, number> {
  if (!existsSync(target)) return new Map();
  const files = readdirSync(target, { recursive: true, withFileTypes: true });
  const complete = files.filter((each) => each.isFile() && each.name.endsWith('.parquet'));
  return new Map(
    complete.map(({ name, parentPath }) => {
      const bytes = new Uint8Array(readFileSync(join(parentPath, name)));
      return [name, Number(parquetMetadata(bytes.buffer).num_rows)];
    }),
  );
}

it('is killed at any moment and leaves complete files, or none', async () => {
  const target = join(folder, 'killed');
  const run = spawnSync(process.execPath, [PROGRAM, stored, join(folder, 'complete')], {
    input: 'begin\n',
  });
  expect(run.status).toBe(0);
  const complete = exported(join(folder, 'complete'));
  expect(complete.size).toBe(PRODUCTS.length);
  const program = { script: PROGRAM, args: [stored, target] };
  let kills = 0;
  let some = 0;
  await killEachTime(program, KILLS, async (_lines, wasKilled) => {
    if (wasKilled) kills += 1;
    const found = exported(target);
    if (found.size < complete.size) some += 1;
    for (const [name, rows] of found) expect([name, rows]).toEqual([name, complete.get(name)]);
  });
  expect(kills).toBe(KILLS);
  expect(some).toBeGreaterThan(0);
});

const canLimit = spawnSync('prlimit', ['--version']).status === 0;

/** A limit on the size of files stands for a full disk: writes fail in the same way. */
it.skipIf(!canLimit)('says so when the disk is full, and leaves neither file nor part', () => {
  const target = join(folder, 'full');
  const command = `trap '' XFSZ; ulimit -S -f 64; exec "$0" "$@"`;
  const run = spawnSync('bash', ['-c', command, process.execPath, PROGRAM, stored, target], {
    input: 'begin\n',
    encoding: 'utf8',
  });
  expect(run.stdout).toMatch(/^failed EFBIG$/m);
  const files = readdirSync(target, { recursive: true, withFileTypes: true });
  expect(files.filter((each) => each.isFile())).toEqual([]);
});
