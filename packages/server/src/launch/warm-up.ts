import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stdout } from 'node:process';
import { reasonOf } from '../kit/errors.ts';
import { launch } from '../launch.ts';
import { readSettings } from '../settings/read.ts';

/**
 * Starts and stops the platform once and loads the modules that it did not choose, so that the compile cache is filled and
 * the first real start of any service is as fast and as small as every other. An install must not fail for it.
 */
export async function warmUp(modules: readonly string[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'deltastream-warm-up-'));
  try {
    const settings = readSettings({ data: folder, port: 0, source: 'none', logLevel: 'silent' }, {});
    const platform = await launch(settings, () => {});
    await platform.stop();
    for (const each of modules) await import(each);
    await Promise.all([import('@deltastream/recordings'), import('@deltastream/reference/override')]);
    // What the first response loads: kit/responses/representation.ts.
    await import('@fastify/fast-json-stringify-compiler');
  } catch (error) {
    stdout.write(`the compile cache was not filled: ${reasonOf(error)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
