import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/platform/platform-process.ts';

const ENTRY = join(import.meta.dirname, '../../packages/server/bin/deltastream.mjs');

/** The Node that the user has, as opposed to the one that the install brought. */
const usersNode = (process.env.PATH ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .map((folder) => join(folder, 'node'))
  .find((path) => existsSync(path));
const version =
  usersNode === undefined ? '' : execFileSync(usersNode, ['--version'], { encoding: 'utf8' }).trim();
const isOlder = /^v2[0-5]\./.test(version);
if (!isOlder)
  process.stdout.write(`Skipped: start by an older Node (the one on the PATH is ${version || 'missing'}).\n`);

it.runIf(isOlder)('an older Node hands over to the one that the install brought', () => {
  const output = execFileSync(usersNode as string, [ENTRY, '--version'], { encoding: 'utf8' });
  expect(output.trim()).toBe('0.1.0');
});

it.runIf(isOlder)('and passes SIGTERM on to it, which stops as ever', async () => {
  const folder = temporaryFolder();
  const child = spawn(
    usersNode as string,
    [ENTRY, '--port', '0', '--source', 'none', '--data', folder.path],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DELTASTREAM_LOG_FORMAT: 'text' } },
  );
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  folder.remove();
});
