import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { readLogPages } from './write-ahead-log.ts';

/** The pages of a SQLite file as they were committed last, read without SQLite, which refuses a file that is damaged. */
export interface PageFile {
  readonly count: number;
  /** A page by its number, from 1, valid until the next call; what is cut off is zero, beyond the end it is null. */
  page(number: number): Buffer | null;
  /** Pages that are not in use, as far as the file says so: what is in them was removed or moved. */
  readonly free: ReadonlySet<number>;
  close(): void;
}

const MAGIC = 'SQLite format 3\0';
const FIRST_FREE_AT = 32; // As the format says.

const PAGE_BYTES_AT = 16; // Likewise.

/** The size of the pages of a file, as its header says; null where that is damaged or missing. */
export function pageBytesOf(file: string): number | null {
  if (!existsSync(file)) return null;
  const header = Buffer.alloc(PAGE_BYTES_AT + 2);
  const descriptor = openSync(file, 'r');
  try {
    if (readSync(descriptor, header, 0, header.length, 0) < header.length) return null;
  } finally {
    closeSync(descriptor);
  }
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  const said = header.readUInt16BE(PAGE_BYTES_AT);
  if (said === 1) return 65_536;
  return said >= 512 && (said & (said - 1)) === 0 ? said : null;
}

/** Opens a file with the log beside it, of which either may be missing. `pageBytes` is what files of its kind are made with: its header may be damaged. */
export function openPages(file: string, pageBytes: number): PageFile {
  const log = `${file}-wal`;
  const { offsets, databasePages } = readLogPages(log, pageBytes);
  const [descriptor, logDescriptor] = [file, log].map((each) =>
    existsSync(each) ? openSync(each, 'r') : null,
  );
  const buffer = Buffer.alloc(pageBytes);
  const inFile = descriptor === null ? 0 : Math.ceil(fstatSync(descriptor).size / pageBytes);
  const count = databasePages ?? inFile;

  const page = (number: number): Buffer | null => {
    if (number < 1 || number > count) return null;
    const offset = offsets.get(number);
    const [source, at] =
      offset === undefined ? [descriptor, (number - 1) * pageBytes] : [logDescriptor, offset];
    buffer.fill(0, source === null ? 0 : readSync(source, buffer, 0, pageBytes, at));
    return buffer;
  };

  return {
    count,
    page,
    free: freePages(page, count),
    close() {
      for (const each of [descriptor, logDescriptor]) if (each !== null) closeSync(each);
    },
  };
}

/** Follows the list of free pages: each page of the list holds the numbers of others. */
function freePages(page: (number: number) => Buffer | null, count: number): Set<number> {
  const free = new Set<number>();
  const first = page(1);
  if (first === null || first.toString('latin1', 0, MAGIC.length) !== MAGIC) return free;
  let number = first.readUInt32BE(FIRST_FREE_AT);
  while (number > 0 && number <= count && !free.has(number)) {
    free.add(number);
    const list = page(number);
    if (list === null) break;
    const leaves = Math.min(list.readUInt32BE(4), list.length / 4 - 2);
    number = list.readUInt32BE(0);
    for (let i = 0; i < leaves; i++) free.add(list.readUInt32BE(8 + 4 * i));
  }
  return free;
}
