import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPlatform, temporaryFolder } from './support/platform/platform-process.ts';

const BIN = join(import.meta.dirname, '../packages/server/bin');
const cache = temporaryFolder();
const data = temporaryFolder();
const environment = { NODE_COMPILE_CACHE: cache.path };
const compiled = () => globSync('**/*', { cwd: cache.path }).length;

beforeAll(() => {
  const run = (...args: string[]) =>
    spawnSync(execPath, args, { env: { ...process.env, ...environment }, encoding: 'utf8' });
  expect(run(join(BIN, 'warm-up.mjs'))).toMatchObject({ status: 0, stdout: '' });
  // A cache that the environment names takes in the launcher, too.
  expect(run(join(BIN, 'deltastream.mjs'), '--version')).toMatchObject({ status: 0 });
}, 60_000);
afterAll(() => {
  cache.remove();
  data.remove();
});

// Where the file system is read-only, what is missing is compiled at every start and stays in memory.
it.each(['feed', 'enricher', 'storage', 'gateway', 'socket-gateway'])(
  'a first start of the %s alone compiles nothing that the install has not',
  async (name) => {
    const before = compiled();
    const platform = await startPlatform(['--only', name, '--data', data.path], environment);
    await platform.stop();
    expect(before).toBeGreaterThan(1_000);
    expect(compiled()).toBe(before);
  },
);

it.skipIf(process.platform === 'win32')('the launcher is committed as executable as npm makes it', () => {
  expect(statSync(join(BIN, 'deltastream.mjs')).mode & 0o111).toBe(0o111);
});
