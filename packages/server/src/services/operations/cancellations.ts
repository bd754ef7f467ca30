import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Requests to end jobs, as files: whichever process is asked, the one that carries a job out ends it. */
export interface Cancellations {
  request(key: string): Promise<void>;
  isRequested(key: string): Promise<boolean>;
  forget(key: string): Promise<void>;
  /** Forgets all but those of these jobs. */
  keepOnly(keys: readonly string[]): Promise<void>;
}

const NAME_DIGITS = 32;

export function createCancellations(folder: string): Cancellations {
  const nameOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, NAME_DIGITS);
  const fileOf = (key: string) => join(folder, nameOf(key));
  return {
    async request(key) {
      await mkdir(folder, { recursive: true });
      await writeFile(fileOf(key), '');
    },
    isRequested: (key) =>
      stat(fileOf(key)).then(
        () => true,
        () => false,
      ),
    forget: (key) => rm(fileOf(key), { force: true }),
    async keepOnly(keys) {
      const kept = new Set(keys.map(nameOf));
      for (const name of await readdir(folder).catch(() => [])) {
        if (!kept.has(name)) await rm(join(folder, name), { force: true });
      }
    },
  };
}

/** Aborts `cancelling` once its end is requested; looks at every interval, until the function that it returns is called. */
export function watchCancelled(
  isRequested: () => Promise<boolean>,
  cancelling: AbortController,
  intervalMs: number,
): () => void {
  const timer = setInterval(() => {
    void isRequested().then((requested) => {
      if (requested) cancelling.abort();
    });
  }, intervalMs);
  return () => clearInterval(timer);
}
