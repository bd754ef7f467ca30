import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { ImportLimits } from './import-settings.ts';

/** What an upload left in the folder of recordings, where files of an operator are, too. */
interface Uploaded {
  readonly file: string;
  readonly completedAt: number;
  /** Of the file then: another under its name was not uploaded. */
  readonly size: number;
  readonly modifiedMs: number;
}

export interface UploadedFilesOptions {
  readonly folder: string;
  readonly limits: Pick<ImportLimits, 'uploadStaleMs' | 'uploadsKeptMs'>;
  /** Names of recordings that are being imported, or are about to be. */
  readonly inUse: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

/** The complete uploads in the folder of recordings. */
export interface UploadedFiles {
  /** Notes one that is complete under its name. */
  add(file: string): Promise<void>;
  /** Removes those that are kept no longer. */
  removeOld(): Promise<void>;
  /**
   * Removes the oldest until all that are left have so many bytes at most, but none that is being imported or was completed
   * within the time after which an upload is stale; resolves with the bytes that are left. Not the one of `file`, which a
   * new one is to replace, and whose bytes do not count.
   */
  shrinkTo(bytes: number, file: string): Promise<number>;
}

export function createUploadedFiles({ folder, limits, inUse, logger }: UploadedFilesOptions): UploadedFiles {
  const notes = join(folder, '.uploaded');
  const noteOf = (file: string) => join(notes, createHash('sha256').update(file).digest('hex').slice(0, 32));

  /** Oldest first; notes of files that are gone or were replaced are forgotten. */
  const list = async (): Promise<Uploaded[]> => {
    const found: Uploaded[] = [];
    for (const name of await readdir(notes).catch(() => [])) {
      const note = await readJsonFile<Uploaded>(join(notes, name));
      const now = note && (await stat(join(folder, note.file)).catch(() => null));
      if (now?.isFile() && now.size === note?.size && now.mtimeMs === note.modifiedMs) found.push(note);
      else if (!name.endsWith('.part')) await rm(join(notes, name), { force: true });
    }
    return found.sort((a, b) => a.completedAt - b.completedAt);
  };
  const remove = async ({ file, size }: Uploaded, why: string) => {
    await rm(join(folder, file), { force: true });
    await rm(noteOf(file), { force: true });
    logger.info({ file, bytes: size }, `uploaded recording removed: ${why}`);
  };

  return {
    async add(file) {
      const { size, mtimeMs } = await stat(join(folder, file));
      const note: Uploaded = { file, completedAt: Date.now(), size, modifiedMs: mtimeMs };
      await writeJsonFile(noteOf(file), note);
    },
    async removeOld() {
      if (limits.uploadsKeptMs === 0) return;
      const used = new Set(await inUse());
      for (const each of await list()) {
        const isOld = Date.now() - each.completedAt >= limits.uploadsKeptMs;
        if (isOld && !used.has(each.file)) await remove(each, 'it is kept no longer');
      }
    },
    async shrinkTo(bytes, file) {
      const others = (await list()).filter((each) => each.file !== file);
      let left = others.reduce((sum, { size }) => sum + size, 0);
      if (left <= bytes) return left;
      const used = new Set(await inUse());
      for (const each of others) {
        if (left <= bytes) break;
        if (used.has(each.file) || Date.now() - each.completedAt < limits.uploadStaleMs) continue;
        await remove(each, 'another needs its room');
        left -= each.size;
      }
      return left;
    },
  };
}
