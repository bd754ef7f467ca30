import { expect } from 'vitest';
import { getAll } from '../clients/rest.ts';
import { startPlatform, temporaryFolder } from '../platform/platform-process.ts';
import type { Summary } from './brute-force.ts';
import { recording } from './recordings.ts';

/** Replays a file at full speed and hands over the address while the platform serves what it stored. */
export async function replayed(
  path: string,
  inspect: (url: string, output: string) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const folder = temporaryFolder();
  const platform = await startPlatform([
    '--source',
    `replay:${recording(path)}`,
    '--speed',
    'max',
    '--data',
    folder.path,
    ...flags,
  ]);
  try {
    await platform.printed(/Replay finished/, 150_000);
    await inspect(platform.url, platform.output());
  } finally {
    expect(await platform.stop()).toBe(0);
    folder.remove();
  }
}

/** Every stored snapshot of an expiry, in time order. */
export const summaries = (url: string, product: string, expiry: string) =>
  getAll<Summary, 'chains'>(`${url}/api/data/chains/${product}?expiry=${expiry}&limit=1000`, 'chains');
