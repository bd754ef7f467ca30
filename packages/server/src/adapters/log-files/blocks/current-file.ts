import {
  closeSync,
  existsSync,
  fchmodSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createOpenedFile } from '../../../kit/files/opened-file.ts';
import { setAside } from '../../../kit/files/set-aside.ts';

/** Lines that are not compressed yet: before the first of them stands the id that it has. */
export interface CurrentFile {
  readonly firstId: number;
  readonly lines: readonly string[];
}

const currentFile = (folder: string): string => join(folder, 'current.ndjson');

const headOf = (firstId: number): string => `{"first_id":${firstId}}\n`;

/** Null: there is no file, or none that says which lines it has. A last line without an end was never acknowledged. */
export function readCurrent(folder: string): CurrentFile | null {
  const file = currentFile(folder);
  if (!existsSync(file)) return null;
  const [head, ...lines] = readFileSync(file, 'utf8').split('\n');
  lines.pop();
  const found = /^\{"first_id":([1-9]\d{0,14})\}$/.exec(head);
  return found === null ? null : { firstId: Number(found[1]), lines };
}

/** Writes to the file. After an error the file is as it was before. */
export interface CurrentWriter {
  append(bytes: Uint8Array): void;
  close(): void;
}

/** Begins the file with these lines, in place of the one that is there, as one step. */
export function beginCurrent(folder: string, { firstId, lines }: CurrentFile): CurrentWriter {
  const file = currentFile(folder);
  const next = `${file}.next`;
  const descriptor = openSync(next, 'w', 0o600);
  try {
    fchmodSync(descriptor, 0o600);
    let length = 0;
    const write = (bytes: Uint8Array) => {
      try {
        let written = 0;
        while (written < bytes.length) {
          written += writeSync(descriptor, bytes, written, bytes.length - written, length + written);
        }
      } catch (error) {
        ftruncateSync(descriptor, length);
        throw error;
      }
      length += bytes.length;
    };
    write(Buffer.from(headOf(firstId) + lines.map((line) => `${line}\n`).join('')));
    renameSync(next, file);
    const opened = createOpenedFile(file);
    return {
      append(bytes) {
        const gone = opened.problem();
        if (gone !== null) throw new Error(gone);
        write(bytes);
      },
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Keeps a file that cannot be understood under another name; returns that name, null where there was none. */
export const setCurrentAside = (folder: string): string | null =>
  existsSync(currentFile(folder)) ? setAside(currentFile(folder)) : null;
