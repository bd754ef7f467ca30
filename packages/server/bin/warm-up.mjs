import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { env } from 'node:process';
import { useBundledTypebox } from './bundled-typebox.mjs';

// The same cache as deltastream.mjs uses.
env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '../../../node_modules/.cache/deltastream');
enableCompileCache(env.NODE_COMPILE_CACHE);
useBundledTypebox();
await import('../src/cli.ts');
await import('../src/launch/warm-up.ts');
