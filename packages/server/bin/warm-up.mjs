import { globSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { pathToFileURL } from 'node:url';
import { BUNDLE_FOLDER, isBundled, loadEntry, ROOT } from './bundled-server.mjs';

// The same cache as deltastream.mjs uses.
env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/deltastream');
enableCompileCache(env.NODE_COMPILE_CACHE);
const { warmUp } = await loadEntry('warm-up.mjs');

/** What is loaded when it is chosen. Threads and processes are left to those who start them. */
const [folder, chosen, notLoaded] = isBundled()
  ? [BUNDLE_FOLDER, '*.mjs', /\.src\./]
  : [
      'packages/server/src',
      '{adapters,cli,kit,services}/**/*.ts',
      /\.(test|fixture|contract|d)\.ts$|-(worker|process)\.ts$/,
    ];
const files = globSync(chosen, { cwd: join(ROOT, folder) }).filter((file) => !notLoaded.test(file));
await warmUp(files.map((file) => pathToFileURL(join(ROOT, folder, file)).href));
