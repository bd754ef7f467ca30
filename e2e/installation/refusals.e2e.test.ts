import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runToExit, startPlatform, temporaryFolder } from '../support/platform/platform-process.ts';

const folder = temporaryFolder();
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** One line that says what is wrong, and exit code 1. */
function expectRefusal({ code, output }: { code: number | null; output: string }, message: RegExp): void {
  expect(output).toMatch(message);
  expect(output.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
}

describe('a start that cannot work', () => {
  it('says that the port is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(async () => server.close());
    const { port } = server.address() as AddressInfo;
    const refusal = await runToExit(['--port', String(port), '--data', join(folder.path, 'a')]);
    expectRefusal(refusal, new RegExp(`port ${port} .*in use`));
  });

  it('says that another process uses the data folder, and leaves that process alone', async () => {
    const data = join(folder.path, 'b');
    const first = await startPlatform(['--data', data]);
    closers.push(first.stop);
    expectRefusal(await runToExit(['--port', '0', '--data', data]), /another process uses .*b/);
    expect((await fetch(`${first.url}/livez`)).status).toBe(200);
  });

  it('starts again on the same folder after kill -9', async () => {
    const data = join(folder.path, 'c');
    const first = await startPlatform(['--data', data]);
    first.kill('SIGKILL');
    await first.exited();
    const second = await startPlatform(['--data', data]);
    closers.push(second.stop);
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200);
  });

  it('says that the data folder cannot be written', async () => {
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    expectRefusal(await runToExit(['--port', '0', '--data', join(file, 'data')]), /cannot write to .*file/);
  });

  it.each([
    ['a setting with a bad value', ['--port', 'eighty'], /--port "eighty"/],
    ['an unknown flag', ['--prot', '8000'], /unknown option '--prot'/],
    [
      'terms that are not accepted',
      ['--source', 'cboe'],
      /bar automated extraction[\s\S]*--cboe-terms-accepted/,
    ],
    ['a recording that is not there', ['--source', 'replay:no-such-file.csv.gz'], /no-such-file\.csv\.gz/],
  ])('names %s', async (_what, flags, message) => {
    const { code, output } = await runToExit(['--data', join(folder.path, 'd'), ...flags]);
    expect(output).toMatch(message);
    expect(code).toBe(1);
  });
});
