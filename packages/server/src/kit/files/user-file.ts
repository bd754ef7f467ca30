import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A thousand times the shipped facts of the markets, and read within a tenth of a second. */
const MAX_BYTES = 16 * 1024 * 1024;

/**
 * The text of a file that a setting names, without the byte order mark that editors of Windows write. Throws an Error that says why where it is not a regular file, which may never
 * end or never begin, is longer than 16 MiB or cannot be read.
 */
export function readUserFile(path: string): string {
  // Opening a pipe that nobody writes to would wait for ever.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(descriptor).isFile()) throw new Error('it is not a regular file');
    const parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      const part = new Uint8Array(65_536);
      const read = readSync(descriptor, part);
      if (read === 0) return new TextDecoder().decode(Buffer.concat(parts));
      size += read;
      if (size > MAX_BYTES) throw new Error(`it is longer than ${MAX_BYTES} bytes`);
      parts.push(part.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
}
