import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
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

// Where the file system is read-only, what is missing is compiled at every start.
it.each(['feed', 'enricher', 'storage', 'gateway', 'socket-gateway'])(
  'a first start of the %s alone compiles nothing that the install has not',
  async (name) => {
    const before = compiled();
    const platform = await startPlatform(['--only', name, '--data', data.path], environment);
    await platform.stop();
    expect(before).toBeGreaterThan(300);
    expect(compiled()).toBe(before);
  },
);

/** What a process loads, by URL. */
function loadedBy(...args: string[]): string[] {
  const report =
    'load(url, context, next) { if (url.startsWith("file:")) console.error(url); return next(url, context); }';
  const hook = `data:text/javascript,import { registerHooks } from 'node:module'; registerHooks({ ${report} });`;
  const { status, stderr } = spawnSync(execPath, ['--import', hook, ...args], { encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stderr.trim().split('\n');
}

const imported = (path: string) => import(pathToFileURL(join(BIN, path)).href);

it('the command line is loaded as the bundle that the build made, without any of its sources', async () => {
  const loaded = loadedBy(join(BIN, 'deltastream.mjs'), '--version');
  const { BUNDLE_FOLDER, ROOT } = await imported('bundled-server.mjs');
  expect(loaded).toContain(pathToFileURL(join(ROOT, BUNDLE_FOLDER, 'cli.mjs')).href);
  expect(loaded.filter((url) => /\.ts$|\/node_modules\/(commander|fastify|typebox)\//.test(url))).toEqual([]);
});

describe('a bundle', () => {
  const root = temporaryFolder();
  const source = join(root.path, 'a.ts');
  beforeEach(async () => {
    const { BUNDLE_FOLDER, contentHash, LIST } = await imported('bundled-server.mjs');
    const bundle = join(root.path, BUNDLE_FOLDER);
    mkdirSync(bundle, { recursive: true });
    writeFileSync(source, 'first');
    const seconds = Math.floor(statSync(source).mtimeMs / 1000);
    writeFileSync(join(bundle, LIST), JSON.stringify([['a.ts', 5, seconds, contentHash(source)]]));
  });
  afterAll(() => root.remove());
  const isBundled = async () => (await imported('bundled-server.mjs')).isBundled(root.path);

  it('is used with the sources that it is of, copies of them, too', async () => {
    expect(await isBundled()).toBe(true);
    utimesSync(source, 1, 1);
    expect(await isBundled()).toBe(true);
  });

  it.each([
    ['changed', () => writeFileSync(source, 'longer than it was')],
    [
      'changed to as many bytes',
      () => {
        writeFileSync(source, 'other');
        utimesSync(source, 1, 1);
      },
    ],
    ['removed', () => rmSync(source)],
  ])('is not used once a source is %s', async (_what, change) => {
    change();
    expect(await isBundled()).toBe(false);
  });

  it('is not used where there is none', async () => {
    rmSync(join(root.path, 'node_modules'), { recursive: true });
    expect(await isBundled()).toBe(false);
  });
});

it('without it TypeBox is loaded as a bundle, which has all of its names', async () => {
  const asProduct = join(import.meta.dirname, '../../testing/as-product.mjs');
  const loaded = loadedBy('--import', asProduct, join(BIN, '../src/cli.ts'));
  const { bundleFolder, ENTRIES } = await imported('bundled-typebox.mjs');
  const ofTypebox = loaded.filter((url) => url.includes('typebox'));
  expect(ofTypebox.filter((url) => !/deltastream-typebox-|bundled-typebox\.mjs$/.test(url))).toEqual([]);
  for (const [entry, file] of Object.entries<string>(ENTRIES)) {
    const url = pathToFileURL(join(bundleFolder(), file)).href;
    expect(loaded).toContain(url);
    expect(Object.keys(await import(url)).sort()).toEqual(Object.keys(await import(entry)).sort());
  }
});

it.skipIf(process.platform === 'win32')('the launcher is committed as executable as npm makes it', () => {
  expect(statSync(join(BIN, 'deltastream.mjs')).mode & 0o111).toBe(0o111);
});
