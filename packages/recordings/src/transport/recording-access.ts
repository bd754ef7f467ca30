import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RecordingError, reasonOf } from '../recording-error.ts';
import { type Bounds, boundsOf, type RecordingLimits } from './recording-limits.ts';

/** Under which conditions the files of a recording are read. */
export interface RecordingAccess {
  readonly limits: Bounds;
  /** Ends every read, at the opening too: what is read then rejects with `stopped`, or with the reason that it gives. */
  readonly signal: AbortSignal;
  /** False where a name was given by somebody who may not choose files of this machine: no link is followed. */
  readonly followLinks: boolean;
  /** Lets the rest of the process have its turn when reading took long without one; undefined when it did not. */
  breathe(): Promise<void> | undefined;
}

/** Longest run of work without a turn for timers, sockets and requests. */
const LONGEST_RUN_MS = 10;

export function createRecordingAccess(
  given: Partial<Omit<RecordingAccess, 'limits' | 'breathe'>> & {
    readonly limits?: Partial<RecordingLimits>;
    readonly settingName?: Bounds['settingName'];
  },
): RecordingAccess {
  let runBegan = performance.now();
  const takeTurn = async () => {
    await nextTurn();
    runBegan = performance.now();
  };
  return {
    limits: boundsOf(given.limits, given.settingName),
    signal: given.signal ?? new AbortController().signal,
    followLinks: given.followLinks ?? true,
    breathe: () => (performance.now() - runBegan < LONGEST_RUN_MS ? undefined : takeTurn()),
  };
}

/** Throws once the reading was ended: the reason where it was ended for a bound, else `stopped`. */
export function throwIfStopped({ signal }: Pick<RecordingAccess, 'signal'>): void {
  if (!signal.aborted) return;
  if (signal.reason instanceof RecordingError) throw signal.reason;
  throw new RecordingError('stopped', 'the reading of the recording was stopped');
}

export const isStopped = (error: unknown): boolean =>
  error instanceof RecordingError && error.code === 'stopped';

/**
 * Opens a regular file. Anything else is refused: a recording is read more than once and out of order, which a
 * pipe, a socket or a device cannot be, and to open a pipe nobody writes to would block a thread for good.
 *
 * Rejects with `unreadable_source` that names the file.
 */
export async function openRegularFile(path: string, access: RecordingAccess): Promise<FileHandle> {
  throwIfStopped(access);
  const file = basename(path);
  const failed = (cause: unknown) =>
    new RecordingError('unreadable_source', `${file}: cannot be opened (${reasonOf(cause)})`, { cause });
  // Asked before it is opened, as opening alone has effects on some devices; and again of what was opened.
  const found = await stat(path).catch((cause) => {
    throw failed(cause);
  });
  requireRegular(file, found);
  const links = access.followLinks ? 0 : constants.O_NOFOLLOW;
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | links).catch((cause) => {
    throw failed(cause);
  });
  try {
    requireRegular(file, await handle.stat());
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function requireRegular(file: string, found: Stats): void {
  if (found.isFile()) return;
  const kind = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a pipe'
      : found.isSocket()
        ? 'a socket'
        : found.isCharacterDevice()
          ? 'a terminal or other device'
          : 'a block device';
  throw new RecordingError(
    'unreadable_source',
    `${file}: cannot be opened (it is ${kind}, and a recording is a regular file; save what comes from elsewhere to one first)`,
  );
}
