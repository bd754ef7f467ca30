import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TracedPaths } from './traced-paths.ts';

const ARCHITECTURE = readFileSync(join(import.meta.dirname, '../../../../../ARCHITECTURE.md'), 'utf8');
const TIMEOUT_MS = 60_000;

/** By heading of ARCHITECTURE.md: the path, and the most files that it may cross. */
const PATHS = [
  ['A tick', 'tick', 22],
  ['A chain, embedded', 'embeddedGet', 12],
  ['A chain, distributed', 'distributedGet', 16],
] as const;

/** The files that ARCHITECTURE.md lists below a heading, relative to `packages`. */
function listed(heading: string): string[] {
  const block = ARCHITECTURE.split(`### ${heading}\n`)[1]?.split('```')[1] ?? '';
  return block.split('\n').filter((line) => line.startsWith('packages/'));
}

describe('the way of a tick and of a request', () => {
  let traced: TracedPaths;
  beforeAll(async () => {
    const program = join(import.meta.dirname, 'traced-paths.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [program], { timeout: TIMEOUT_MS });
    traced = JSON.parse(stdout) as TracedPaths;
    for (const [heading, path] of PATHS) {
      process.stdout.write(`${heading}: ${traced[path].length} files\n  ${traced[path].join('\n  ')}\n`);
    }
  }, TIMEOUT_MS);

  it.each(PATHS)('%s crosses the files that ARCHITECTURE.md lists', (heading, path, most) => {
    expect(listed(heading)).toEqual(traced[path]);
    expect(traced[path].length).toBeLessThanOrEqual(most);
  });
});
