import { createHash } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { createRetentionClock, type RetentionClock } from '../../../kit/retention-clock.ts';
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
  /**
   * Notes the file at `path`, which is about to be renamed to `file`: so it is known even where the process ends right
   * after that. Then `add` puts the note in the place of that of an earlier one.
   */
  announce(file: string, path: string): Promise<void>;
  add(file: string): Promise<void>;
  /** Removes those that are kept no longer. */
  removeOld(): Promise<void>;
  /**
   * Removes the oldest until those that are left fit, but none that is being imported or was completed within the time
   * after which an upload is stale. Not the one of `file`, which a new one is to replace, and which does not count.
   * Resolves with what they would still have too much of; then none was removed.
   */
  shrinkTo(room: Room, file: string): Promise<keyof Room | null>;
}

/** What all may have at most. */
interface Room {
  readonly bytes: number;
  readonly files: number;
}

const ANNOUNCED = '.next';
const DAY_MS = 86_400_000;

export function createUploadedFiles({ folder, limits, inUse, logger }: UploadedFilesOptions): UploadedFiles {
  const notes = join(folder, '.uploaded');
  const noteOf = (file: string) => join(notes, createHash('sha256').update(file).digest('hex').slice(0, 32));
  const announcementOf = (file: string) => `${noteOf(file)}${ANNOUNCED}`;

  let retention: RetentionClock | null = null;

  /** Oldest first; notes of files that are gone or were replaced are forgotten, of announced ones once they are stale. */
  const list = async (): Promise<Uploaded[]> => {
    const found: Uploaded[] = [];
    for (const name of await readdir(notes).catch(() => [])) {
      const note = await readJsonFile<Uploaded>(join(notes, name));
      const now = note && (await stat(join(folder, note.file)).catch(() => null));
      if (now?.isFile() && now.size === note?.size && now.mtimeMs === note.modifiedMs) found.push(note);
      else if (!name.endsWith('.part') && !isAwaited(name, note))
        await rm(join(notes, name), { force: true });
    }
    return found.sort((a, b) => a.completedAt - b.completedAt);
  };
  const isAwaited = (name: string, note: Uploaded | null) =>
    name.endsWith(ANNOUNCED) && note !== null && Date.now() - note.completedAt < limits.uploadStaleMs;
  const remove = async ({ file, size }: Uploaded, why: string) => {
    await rm(join(folder, file), { force: true });
    for (const note of [noteOf(file), announcementOf(file)]) await rm(note, { force: true });
    logger.event('upload_removed', { file, bytes: size, reason: why });
  };

  return {
    async announce(file, path) {
      const { size, mtimeMs } = await stat(path);
      const note: Uploaded = { file, completedAt: Date.now(), size, modifiedMs: mtimeMs };
      await writeJsonFile(announcementOf(file), note);
    },
    add: (file) => rename(announcementOf(file), noteOf(file)),
    async removeOld() {
      if (limits.uploadsKeptMs === 0) return;
      const used = new Set(await inUse());
      retention ??= createRetentionClock({
        ...{ keepMs: limits.uploadsKeptMs, file: join(folder, '.uploads-retention.json') },
        onAhead: (aheadMs) =>
          logger.event('retention_clock_ahead', {
            ...{ ahead_days: Math.round(aheadMs / DAY_MS), of: 'uploads' },
          }),
      });
      const now = retention.now();
      for (const each of await list()) {
        const isOld = now - each.completedAt >= limits.uploadsKeptMs;
        if (isOld && !used.has(each.file)) await remove(each, 'it is kept no longer');
      }
    },
    async shrinkTo({ bytes, files }, file) {
      const others = (await list()).filter((each) => each.file !== file);
      let leftBytes = others.reduce((sum, { size }) => sum + size, 0);
      let leftFiles = others.length;
      const excess = () => (leftBytes > bytes ? 'bytes' : leftFiles > files ? 'files' : null);
      if (excess() === null) return null;
      const used = new Set(await inUse());
      const going: Uploaded[] = [];
      for (const each of others) {
        if (excess() === null) break;
        if (used.has(each.file) || Date.now() - each.completedAt < limits.uploadStaleMs) continue;
        going.push(each);
        leftBytes -= each.size;
        leftFiles -= 1;
      }
      if (excess() !== null) return excess();
      for (const each of going) await remove(each, 'another needs its room');
      return null;
    },
  };
}
