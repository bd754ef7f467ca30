import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Ending of a file that is being written. */
export const PART = '.part';

/**
 * Writes a file, for the owner alone. Under its name it is there complete and durable, in the place of what had the name,
 * or not at all: of what fails, or is killed, at most a part with another name is left. The next piece is asked for when
 * the one before it is written. Rejects as `pieces` does, and as the file system does when the disk is full.
 */
export async function writeCompleteFile(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  const part = `${path}.${randomBytes(4).toString('hex')}${PART}`;
  try {
    const file = await open(part, 'wx', 0o600);
    try {
      // Unlike `write`, which may write a part of a piece and say so.
      for await (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, path);
    const folder = await open(dirname(path), 'r');
    // The name, too, has to outlive a loss of power.
    await folder.sync().finally(() => folder.close());
  } catch (cause) {
    await rm(part, { force: true });
    throw cause;
  }
}
