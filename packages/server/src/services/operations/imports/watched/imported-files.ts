import { createHash } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../../kit/files/json-file.ts';

/** What is remembered of a file that was imported. */
export interface ImportedFile {
  readonly file: string;
  readonly imported_at: string;
}

/** The files that were imported, by what they hold and what their names say; in a folder, so that a kill loses none. */
export interface ImportedFiles {
  find(identity: string): Promise<ImportedFile | null>;
  add(identity: string, file: ImportedFile): Promise<void>;
  /** Forgets the oldest beyond so many. */
  prune(most: number): Promise<void>;
}

export function createImportedFiles(folder: string): ImportedFiles {
  const pathOf = (identity: string) => join(folder, `${identity}.json`);
  return {
    find: (identity) => readJsonFile<ImportedFile>(pathOf(identity)),
    add: (identity, file) => writeJsonFile(pathOf(identity), file),
    async prune(most) {
      const names = await readdir(folder).catch(() => []);
      if (names.length <= most) return;
      const stats = await Promise.all(
        names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs })),
      );
      const oldest = stats.sort((a, b) => a.at - b.at).slice(0, names.length - most);
      for (const { name } of oldest) await rm(join(folder, name), { force: true });
    },
  };
}

/** Words that programs add to the name of a copy. */
const OF_COPIES = new Set(['COPY', 'OF']);

/**
 * One text for files that an import would read alike. The name counts with the content, as it may be what says product,
 * expiry or time; what marks a copy (`nifty (1).csv`, `Copy of nifty.csv`) does not.
 */
export function identityOf(sha256: string, file: string): string {
  const words = basename(file)
    .replace(/ \(\d+\)(?=\.|$)/, '')
    .toUpperCase()
    .split(/[^A-Z0-9]+/);
  const name = words.filter((word) => word !== '' && !OF_COPIES.has(word)).join(' ');
  return createHash('sha256').update(`${sha256} ${name}`).digest('hex');
}
