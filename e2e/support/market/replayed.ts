import { expect } from 'vitest';
import { getAll } from '../clients/rest.ts';
import { startPlatform, temporaryFolder } from '../platform/platform-process.ts';
import type { Summary } from './brute-force.ts';
import { recording } from './recordings.ts';

/** A platform that serves what it stored of a recording. */
export interface Replayed {
  readonly url: string;
  /** What it printed until it had stored all. */
  readonly output: string;
  close(): Promise<void>;
}

/** Replays a file at full speed. */
export async function openReplayed(path: string, flags: readonly string[] = []): Promise<Replayed> {
  const folder = temporaryFolder();
  const source = ['--source', `replay:${recording(path)}`, '--speed', 'max'];
  const platform = await startPlatform([...source, '--data', folder.path, ...flags]);
  const close = async () => {
    expect(await platform.stop()).toBe(0);
    folder.remove();
  };
  try {
    await platform.printed(/Replay finished/, 150_000);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: platform.url, output: platform.output(), close };
}

/** Hands over the address while a platform serves what it stored of a recording. */
export async function replayed(
  path: string,
  inspect: (url: string, output: string) => Promise<void>,
  flags: readonly string[] = [],
): Promise<void> {
  const platform = await openReplayed(path, flags);
  try {
    await inspect(platform.url, platform.output);
  } finally {
    await platform.close();
  }
}

/** Every stored snapshot of an expiry, in time order. */
export const summaries = (url: string, product: string, expiry: string) =>
  getAll<Summary, 'chains'>(`${url}/api/data/chains/${product}?expiry=${expiry}&limit=1000`, 'chains');
