import { lstat, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';

export interface FolderFile {
  readonly name: string;
  readonly bytes: number;
  readonly writtenAt: number;
}

/** The plain files of one folder, by name only: no path, link or folder is ever followed. */
export interface FolderFiles {
  /** Newest first; none when there is no folder yet. */
  list(): Promise<FolderFile[]>;
  /** Full path of a plain file of this name. Rejects with `not_found`. */
  find(name: string): Promise<string>;
  /** Where a file of this name is to be written; the folder is made. */
  place(name: string): Promise<string>;
}

export function createFolderFiles(folder: string, wanted: RegExp): FolderFiles {
  const checked = (name: string) => {
    if (wanted.test(name) && basename(name) === name) return join(folder, name);
    throw new DeltaStreamError('not_found', `${JSON.stringify(name)} is not a name of a file here`);
  };
  const stated = async (name: string): Promise<FolderFile | null> => {
    const found = await lstat(join(folder, name)).catch(() => null);
    return found?.isFile() ? { name, bytes: found.size, writtenAt: Math.round(found.mtimeMs) } : null;
  };
  return {
    async list() {
      const names = await readdir(folder).catch(() => []);
      const files = await Promise.all(names.filter((name) => wanted.test(name)).map(stated));
      return files.filter((file) => file !== null).sort((a, b) => b.writtenAt - a.writtenAt);
    },
    async find(name) {
      const path = checked(name);
      if (await stated(name)) return path;
      throw new DeltaStreamError('not_found', `there is no file ${name} in ${folder}`);
    },
    async place(name) {
      const path = checked(name);
      try {
        await mkdir(folder, { recursive: true });
      } catch (cause) {
        throw new DeltaStreamError('data_folder_unusable', `cannot make ${folder}: ${reasonOf(cause)}`, {
          cause,
        });
      }
      return path;
    },
  };
}
