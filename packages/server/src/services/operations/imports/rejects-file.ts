import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ImportProgress } from '@deltastream/contracts';
import type { RejectedItem } from '@deltastream/recordings/source';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { csvLines } from '../../../kit/responses/csv.ts';

const COLUMNS = ['file', 'member', 'line', 'rejection', 'reason'] as const;
export const REJECTS_ENDING = '.rejects.csv';
const PART = '.part';
const BUFFERED_ROWS = 500; // Some 50 KB.
/** The folder of the recording may not be written: then those who may name another. */
const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Lists the rejected parts of one recording in a file, which is there complete or not at all. */
export interface RejectsFile {
  add(item: RejectedItem): Promise<void>;
  /** Puts the file in its place, or removes the one of an earlier import where nothing was rejected. */
  end(): Promise<ImportProgress['rejects']>;
  /** Leaves nothing behind; idempotent, and without effect after `end`. */
  discard(): Promise<void>;
}

/**
 * `NAME.rejects.csv` beside the recording, or in `elsewhere` where that folder cannot be written: file, member, line and
 * reason of each part, `most` at most, safe to open in a spreadsheet. What cannot be written is logged once; an import goes on.
 */
export function createRejectsFile(
  recording: string,
  elsewhere: string,
  most: number,
  logger: Logger,
): RejectsFile {
  const name = basename(recording) + REJECTS_ENDING;
  let folder = dirname(recording);
  let part: { readonly path: string; readonly file: FileHandle } | null = null;
  let waiting: (readonly unknown[])[] = [];
  let rows = 0;
  let failed = false;

  const opened = async () => {
    // A name that nobody can have prepared: who fills the folder may not be who reads it.
    const path = join(folder, `.${name}.${randomBytes(4).toString('hex')}${PART}`);
    return { path, file: await open(path, 'wx', 0o600) };
  };

  const begin = async () => {
    try {
      part = await opened();
    } catch (error) {
      if (!NOT_WRITABLE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await mkdir(elsewhere, { recursive: true });
      folder = elsewhere;
      part = await opened();
    }
    await removeParts(folder, name, basename(part.path));
    await part.file.write(csvLines([COLUMNS]));
  };

  const write = async () => {
    if (part === null) await begin();
    await part?.file.write(csvLines(waiting));
    waiting = [];
  };

  const discard = async () => {
    const held = part;
    part = null;
    await held?.file.close().catch(() => undefined);
    if (held) await rm(held.path, { force: true }).catch(() => undefined);
  };

  const giveUp = async (error: unknown) => {
    failed = true;
    waiting = [];
    logger.event('import_rejects_not_listed', { file: name, reason: reasonOf(error) });
    await discard();
  };

  return {
    async add({ where: { file, member, line }, rejection, reason }) {
      if (failed || rows >= most) return;
      rows += 1;
      waiting.push([file, member ?? null, line ?? null, rejection, reason]);
      if (waiting.length >= BUFFERED_ROWS) await write().catch(giveUp);
    },
    async end() {
      if (failed) return null;
      try {
        if (rows === 0) {
          for (const each of [folder, elsewhere])
            await rm(join(each, name), { force: true }).catch(() => undefined);
          return null;
        }
        await write();
        await part?.file.datasync();
        await part?.file.close();
        if (part) await rename(part.path, join(folder, name));
        part = null;
        return { file: name, rows };
      } catch (error) {
        await giveUp(error);
        return null;
      }
    },
    discard,
  };
}

/** What runs that were killed left. */
async function removeParts(folder: string, name: string, kept: string): Promise<void> {
  for (const each of await readdir(folder)) {
    if (each.startsWith(`.${name}.`) && each.endsWith(PART) && each !== kept)
      await rm(join(folder, each), { force: true });
  }
}
