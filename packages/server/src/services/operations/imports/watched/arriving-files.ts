import { createHash } from 'node:crypto';
import { constants, type Dirent, type Stats } from 'node:fs';
import { lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf } from '../../../../kit/errors.ts';

/** What tells one state of a file from another. */
export type FileState = Pick<Stats, 'size' | 'mtimeMs' | 'ino'>;

export interface Arrived {
  readonly name: string;
  readonly state: FileState;
}

/** What lies in a folder now. */
export interface Arrivals {
  /** Complete files, by name. */
  readonly complete: readonly Arrived[];
  /** Files that may still be written to. */
  readonly settling: number;
  /** What is not taken, with the reason. */
  readonly refused: readonly { readonly name: string; readonly reason: string }[];
}

/** Beside a file: it is complete, however young. */
export const DONE_MARKER = '.done';
/** What programs call a file that they are writing. */
const BEING_WRITTEN = /\.(part|partial|tmp|temp|crdownload|filepart|download|swp)$/i;

/**
 * Looks at the plain files of a folder. One is complete when its size, time of change and number were the same for
 * `settledMs`, by the monotonic clock, or when a file of its name with `.done` lies beside it. Links, pipes, devices and
 * sockets are refused, and never opened; hidden files and those that are being written are passed over.
 */
export function createArrivals(
  folder: string,
  {
    wanted,
    settledMs,
    most,
  }: { readonly wanted: (name: string) => string | null; readonly settledMs: number; readonly most: number },
  monotonicMs: () => number,
): { look(): Promise<Arrivals> } {
  let seen = new Map<string, FileState & { readonly sinceMs: number }>();

  return {
    async look() {
      const entries = await firstEntries(folder, most);
      const names = new Set(entries.map(({ name }) => name));
      const now = monotonicMs();
      const next: typeof seen = new Map();
      const complete: Arrived[] = [];
      const refused: { name: string; reason: string }[] = [];
      let settling = 0;
      for (const { name } of entries) {
        if (name.startsWith('.') || BEING_WRITTEN.test(name)) continue;
        if (name.endsWith(DONE_MARKER) && names.has(name.slice(0, -DONE_MARKER.length))) continue;
        const found = await lstat(join(folder, name)).catch(() => null);
        if (found === null || found.isDirectory()) continue;
        const refusal = found.isFile()
          ? wanted(name)
          : `it is ${kindOf(found)}, and only plain files are imported`;
        if (refusal !== null) {
          refused.push({ name, reason: refusal });
          continue;
        }
        const { size, mtimeMs, ino } = found;
        const before = seen.get(name);
        const sinceMs = before && isSameState(before, found) ? before.sinceMs : now;
        next.set(name, { size, mtimeMs, ino, sinceMs });
        if (names.has(name + DONE_MARKER) || now - sinceMs >= settledMs)
          complete.push({ name, state: { size, mtimeMs, ino } });
        else settling += 1;
      }
      seen = next;
      return { complete: complete.sort((a, b) => (a.name < b.name ? -1 : 1)), settling, refused };
    },
  };
}

export const isSameState = (a: FileState, b: FileState): boolean =>
  a.size === b.size && a.mtimeMs === b.mtimeMs && a.ino === b.ino;

/**
 * SHA-256 of a plain file, which is not followed as a link; null where it is no longer in the state that it was in. Rejects
 * once `signal` aborts.
 */
export async function digestOf(path: string, state: FileState, signal?: AbortSignal): Promise<string | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const isAsItWas = async () => {
      const found = await file.stat();
      return found.isFile() && isSameState(found, state);
    };
    if (!(await isAsItWas())) return null;
    const hash = createHash('sha256');
    for await (const chunk of file.createReadStream({ autoClose: false, signal })) hash.update(chunk);
    return (await isAsItWas()) ? hash.digest('hex') : null;
  } finally {
    await file.close();
  }
}

async function firstEntries(folder: string, most: number): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isDirectory() || entry.name.startsWith('.')) continue;
    entries.push(entry);
    if (entries.length >= most) break;
  }
  return entries;
}

function kindOf(found: Stats): string {
  if (found.isSymbolicLink()) return 'a link';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** In words for a log, without the path. */
export const unreadable = (error: unknown): string =>
  `it cannot be read (${(error as NodeJS.ErrnoException).code ?? reasonOf(error)})`;
