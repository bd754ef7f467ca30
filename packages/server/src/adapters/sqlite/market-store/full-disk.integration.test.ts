import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PROGRAM = fileURLToPath(new URL('./full-disk.fixture.ts', import.meta.url));
const canLimit = spawnSync('prlimit', ['--version']).status === 0;
const KIBIBYTES = 700;

/** A limit on the size of files stands for a full disk: SQLite's writes fail in the same way. */
it.skipIf(!canLimit)('rejects puts while the disk is full, and goes on when there is space', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'market-store-full-'));
  const command = `trap '' XFSZ; ulimit -S -f ${KIBIBYTES}; exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, PROGRAM, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string);

  expect(await next()).toMatchObject({
    code: 'store_failed',
    permanent: false,
    message: expect.stringContaining(`${folder}/`),
  });
  const { acknowledged, readable } = await next();
  expect(acknowledged).toBeGreaterThan(0);
  expect(readable).toBe(acknowledged);

  spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
  child.stdin.write('space\n');
  const after = await next();
  expect(after.acknowledged).toBe(acknowledged + 100);
  expect(after.snapshots).toBe(after.acknowledged);
  expect((await exited)[0]).toBe(0);
  rmSync(folder, { recursive: true, force: true });
});
