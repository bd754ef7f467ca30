import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const CLI = join(import.meta.dirname, '../../bin/deltastream.mjs');
const config = () => spawn(execPath, [CLI, 'config'], { stdio: ['ignore', 'pipe', 'pipe'] });

it('is read to its last line by a reader that is slow', async () => {
  const child = config();
  const read = text(child.stdout);
  await once(child, 'spawn');
  // Nothing reads meanwhile: the lines fill the pipe.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  const output = await read;
  expect(output).toMatch(/^accessTokenSeconds +600 +default$/m);
  expect(output).toBe(await text(config().stdout));
});

it('ends as it would when its reader goes away', async () => {
  const child = config();
  const [errors, [code]] = await Promise.all([
    text(child.stderr),
    once(child, 'close'),
    once(child.stdout, 'data').then(() => child.stdout.destroy()),
  ]);
  expect(errors).toBe('');
  expect(code).toBe(0);
});
