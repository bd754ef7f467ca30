import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from '../../../kit/files/json-file.ts';
import { importKey, type OrderedImport } from './import-order.ts';

/** How far an import is: the store holds what its recording gives before `parts`. */
export interface ImportMark {
  /** Chains, ticks and rejected parts read. */
  readonly parts: number;
  /** Of the file then: another one under its name is read from its beginning. */
  readonly size: number;
  readonly modifiedMs: number;
}

interface Entry {
  readonly order: OrderedImport;
  readonly mark: ImportMark | null;
}

/** The imports that are not at their end, in files: a queue in memory, and how far each is, end with the process. */
export interface ImportJournal {
  orders(): Promise<OrderedImport[]>;
  /** Keeps what is noted where the same import is under way. */
  add(order: OrderedImport): Promise<void>;
  /** Null where the order is to begin at the beginning. */
  markOf(order: OrderedImport): Promise<ImportMark | null>;
  mark(order: OrderedImport, mark: ImportMark): Promise<void>;
  /** Asks whichever process carries it out to end it. */
  cancel(order: OrderedImport): Promise<void>;
  isCancelled(order: OrderedImport): Promise<boolean>;
  remove(order: OrderedImport): Promise<void>;
}

const NAME_DIGITS = 32;
const ENDING = '.json';

export function createImportJournal(folder: string): ImportJournal {
  const nameOf = (order: OrderedImport) =>
    join(folder, createHash('sha256').update(importKey(order)).digest('hex').slice(0, NAME_DIGITS));
  const entryOf = (order: OrderedImport) => readJsonFile<Entry>(nameOf(order) + ENDING);
  const cancelFile = (order: OrderedImport) => `${nameOf(order)}.cancel`;

  return {
    async orders() {
      const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ENDING));
      const entries = await Promise.all(names.map((name) => readJsonFile<Entry>(join(folder, name))));
      return entries.flatMap((entry) => (entry === null ? [] : [entry.order]));
    },
    async add(order) {
      if ((await entryOf(order)) !== null) return;
      await rm(cancelFile(order), { force: true });
      await writeJsonFile(nameOf(order) + ENDING, { order, mark: null } satisfies Entry);
    },
    async markOf(order) {
      const entry = await entryOf(order);
      return entry !== null && entry.order.generation === order.generation ? entry.mark : null;
    },
    mark: (order, mark) => writeJsonFile(nameOf(order) + ENDING, { order, mark } satisfies Entry),
    async cancel(order) {
      await mkdir(folder, { recursive: true });
      await writeFile(cancelFile(order), '');
    },
    isCancelled: (order) =>
      stat(cancelFile(order)).then(
        () => true,
        () => false,
      ),
    async remove(order) {
      await rm(nameOf(order) + ENDING, { force: true });
      await rm(cancelFile(order), { force: true });
    },
  };
}
