import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RawChain, UnderlyingTick } from '@deltastream/contracts';
import type { RejectedItem, Source } from '../source.ts';

const DATA = fileURLToPath(new URL('../../../../../shared/data', import.meta.url));

/** Path of a recording, and whether it is there; says so once when a test has to be skipped. */
export function recording(name: string): { path: string; absent: boolean } {
  const path = join(DATA, name);
  const absent = !existsSync(path);
  if (absent) process.stderr.write(`skipped: no recording ${name}\n`);
  return { path, absent };
}

export interface Collected {
  readonly chains: RawChain[];
  readonly ticks: UnderlyingTick[];
  readonly rejected: RejectedItem[];
}

/** Everything a source gives, and the source closed. */
export async function collect(source: Source, limit = Number.POSITIVE_INFINITY): Promise<Collected> {
  const collected: Collected = { chains: [], ticks: [], rejected: [] };
  let count = 0;
  for await (const item of source) {
    if (item.kind === 'chain') collected.chains.push(item.chain);
    else if (item.kind === 'tick') collected.ticks.push(item.tick);
    else collected.rejected.push(item);
    if (++count >= limit) break;
  }
  await source.close();
  return collected;
}

/** Runs `use` with the path of a file of this content, in a folder that is removed afterwards. */
export async function withFile<T>(
  name: string,
  content: string | Uint8Array,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'deltastream-feed-'));
  try {
    const path = join(folder, name);
    await writeFile(path, content);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
