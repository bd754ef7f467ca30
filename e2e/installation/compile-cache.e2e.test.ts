import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

const BIN = join(import.meta.dirname, '../../packages/server/bin');
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
});
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

it('TypeBox is loaded as the bundle that the build made, which has all of its names', async () => {
  const report =
    "load(url, context, next) { if (url.includes('typebox')) console.error(url); return next(url, context); }";
  const hook = `data:text/javascript,import { registerHooks } from 'node:module'; registerHooks({ ${report} });`;
  const args = ['--import', hook, join(BIN, 'deltastream.mjs'), '--version'];
  const { status, stderr } = spawnSync(execPath, args, { encoding: 'utf8' });
  const loaded = stderr.trim().split('\n');
  expect(status, stderr).toBe(0);
  expect(loaded.filter((url) => !/deltastream-typebox-|bundled-typebox\.mjs$/.test(url))).toEqual([]);
  const { bundleFolder, ENTRIES } = await import(pathToFileURL(join(BIN, 'bundled-typebox.mjs')).href);
  for (const [entry, file] of Object.entries<string>(ENTRIES)) {
    const url = pathToFileURL(join(bundleFolder(), file)).href;
    expect(loaded).toContain(url);
    expect(Object.keys(await import(url)).sort()).toEqual(Object.keys(await import(entry)).sort());
  }
});

it.skipIf(process.platform === 'win32')('the launcher is committed as executable as npm makes it', () => {
  expect(statSync(join(BIN, 'deltastream.mjs')).mode & 0o111).toBe(0o111);
});
