import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecomputeProgress } from '@deltastream/contracts';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';

/** How far an order was carried out: everything before is durable. */
export interface Mark {
  readonly product: string;
  /** Null: the chains of the product are done, and figures of the product come. */
  readonly expiry: string | null;
  readonly nextMs: number;
  readonly progress: RecomputeProgress;
}

/** The mark of one order in a file, which is there while the order is not complete. */
export interface MarkFile {
  read(): Promise<Mark | null>;
  write(mark: Mark): Promise<void>;
  remove(): Promise<void>;
}

const NAME_DIGITS = 32;

/**
 * @param identity everything that the result depends on beside what is stored: order, release, settings. Another one
 * begins at the beginning.
 */
export function createMarkFile(folder: string, identity: unknown): MarkFile {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const file = join(folder, `${hash.slice(0, NAME_DIGITS)}.json`);
  return {
    // Without one the work is done again, which changes nothing.
    read: () => readJsonFile<Mark>(file),
    write: (mark) => writeJsonFile(file, mark),
    remove: () => rm(file, { force: true }),
  };
}
