import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AS_PRODUCT } from '../../testing/killed-runs.fixture.ts';
import { createFileLogStore } from './log-store-files.ts';

const PROGRAM = fileURLToPath(new URL('./append-entries.fixture.ts', import.meta.url));
const ROUNDS = 6;
const canLimit = spawnSync('prlimit', ['--version']).status === 0;
/** Of a file: a few segments fit, then the index does not. */
const KIBIBYTES = 60;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-files-crash-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function storedSeqs(): Promise<unknown[]> {
  const store = await createFileLogStore({ folder });
  const found = await store.query({ service: 'feed', limit: 1_000_000 });
  await store.close();
  return found.map(({ fields }) => fields.seq).toReversed();
}

it('loses and doubles nothing that was acknowledged when it is killed at any moment', {
  timeout: 60_000,
}, async () => {
  let first = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const child = spawn(process.execPath, [...AS_PRODUCT, PROGRAM, folder, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let acknowledged = first - 1;
    let isKilled = false;
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged = Number(line);
      if (acknowledged < first + 500 || isKilled) continue;
      isKilled = true;
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 200);
    }
    const stored = await storedSeqs();
    expect(stored).toEqual(Array.from({ length: stored.length }, (_, i) => i));
    expect(stored.length).toBeGreaterThan(acknowledged);
    first = stored.length;
  }
});

/** A limit on the size of files stands for a full disk: writes fail in the same way. */
it.skipIf(!canLimit)(
  'says so while the disk is full, and goes on when there is space',
  {
    timeout: 60_000,
  },
  async () => {
    const command = `trap '' XFSZ; ulimit -S -f ${KIBIBYTES}; exec "$0" "$@"`;
    const child = spawn('bash', ['-c', command, process.execPath, PROGRAM, folder, '0'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let acknowledged = 0;
    let failures = 0;
    let afterwards = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('failed')) {
        failures += 1;
        spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
        child.stdin.write('space\n');
        continue;
      }
      acknowledged = Number(line);
      if (failures > 0) afterwards += 1;
      if (afterwards === 50) child.kill('SIGKILL');
    }
    expect(failures).toBeGreaterThan(0);
    const stored = await storedSeqs();
    expect(stored.slice(0, acknowledged + 1)).toEqual(Array.from({ length: acknowledged + 1 }, (_, i) => i));
    expect(new Set(stored).size).toBe(stored.length);
  },
);
