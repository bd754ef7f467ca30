import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { pathToFileURL } from 'node:url';
import { reasonOf } from '../kit/errors.ts';
import { launch } from '../launch.ts';
import { readSettings } from '../settings/read.ts';

const SOURCES = join(import.meta.dirname, '..');
/** What is loaded when it is chosen, by path from the sources. Threads and processes are left to those who start them. */
const CHOSEN = '{adapters,cli,kit,services}/**/*.ts';
const NOT_LOADED = /\.(test|fixture|contract|d)\.ts$|-(worker|process)\.ts$/;

/**
 * Starts and stops the platform once and loads what it did not choose, so that the compile cache is filled and the
 * first real start of any service is as fast and as small as every other. An install must not fail for it.
 */
const folder = mkdtempSync(join(tmpdir(), 'deltastream-warm-up-'));
try {
  const settings = readSettings({ data: folder, port: 0, source: 'none', logLevel: 'silent' }, {});
  const platform = await launch(settings, () => {});
  await platform.stop();
  const files = globSync(CHOSEN, { cwd: SOURCES }).filter((file) => !NOT_LOADED.test(file));
  for (const file of files) await import(pathToFileURL(join(SOURCES, file)).href);
  await Promise.all([import('@deltastream/recordings'), import('@deltastream/reference/override')]);
  // What the first response loads: kit/responses/representation.ts.
  await import('@fastify/fast-json-stringify-compiler');
} catch (error) {
  stdout.write(`the compile cache was not filled: ${reasonOf(error)}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
