import { join } from 'node:path';
import type { ImportView } from '@deltastream/contracts';
import { readJsonFile } from '../../../../kit/files/json-file.ts';
import { createFolderFiles } from '../../transfers/folder-files.ts';
import { REJECTS_ENDING } from '../rejects-file.ts';

/** Of the file that lies beside each one that was moved, and says what became of it. */
export const REPORT_ENDING = '.report.json';

/**
 * Where the list of what an import of the watched folder rejected was moved to, and under what name: that of its file, or
 * of one of its copies (`nifty.csv~2`). Found by the report, so that it is not the list of another import of that name.
 * Null while the file was not moved.
 */
export async function settledPlace(
  folder: string,
  { id, added_at, file }: Pick<ImportView, 'id' | 'added_at' | 'file'>,
): Promise<{ readonly place: string; readonly name: string } | null> {
  for (const place of ['done', 'failed'].map((each) => join(folder, each))) {
    for (const { name } of await createFolderFiles(place, REPORT).list()) {
      if (!name.startsWith(file)) continue;
      const report = await readJsonFile<Partial<ImportView>>(join(place, name));
      if (report?.id !== id || report.added_at !== added_at) continue;
      return { place, name: name.slice(0, -REPORT_ENDING.length) + REJECTS_ENDING };
    }
  }
  return null;
}

const REPORT = /^[A-Za-z0-9].*\.report\.json$/;
