import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../../../bin/deltastream.mjs');

function simulate(...args: string[]) {
  const child = spawn(process.execPath, [PROGRAM, 'simulate', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  return { child, said: () => said, ended: once(child, 'exit') };
}

describe('deltastream simulate', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('plays a venue until %s', async (signal) => {
    const { child, said, ended } = simulate('deribit', '--products', 'BTC');
    await expect.poll(said).toContain('Connect to it: deltastream --source deribit --deribit-url ');
    const url = /simulated at (\S+),/.exec(said())?.[1];
    const response = await fetch(
      `${url}/api/v2/public/get_instruments?currency=BTC&kind=option&expired=false`,
    );
    const { result } = (await response.json()) as { result: { expiration_timestamp: number }[] };
    expect(result.length).toBeGreaterThan(10);
    expect(result.every(({ expiration_timestamp }) => expiration_timestamp > Date.now())).toBe(true);
    child.kill(signal);
    expect(await ended).toEqual([0, null]);
  });

  it('says which venues it knows, and what they do not list', async () => {
    const unknown = simulate('nosuch');
    expect(await unknown.ended).toEqual([1, null]);
    expect(unknown.said()).toContain('nosuch cannot be simulated; known: deribit, kite');
    const empty = simulate('kite', '--products', 'BTC');
    expect(await empty.ended).toEqual([1, null]);
    expect(empty.said()).toContain('kite lists nothing of what is played');
  });
});
