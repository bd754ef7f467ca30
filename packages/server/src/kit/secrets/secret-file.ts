import { randomUUID } from 'node:crypto';
import { link, open, rename, rm, stat } from 'node:fs/promises';
import { readUserFile } from '../files/user-file.ts';

/** The text of a file of secrets; null where there is none. Rejects when others may read it. */
export async function readSecretFile(file: string): Promise<string | null> {
  const info = await stat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (info === null) return null;
  const mode = info.mode & 0o777;
  // Windows reports the same mode for every file; access is governed by the folder's list there.
  if ((mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new Error(`others may use it (mode ${mode.toString(8)}); allow its owner only: chmod 600`);
  }
  return readUserFile(file);
}

/** Replaces the file completely or not at all; it is for its owner only. */
export async function replaceSecretFile(file: string, text: string): Promise<void> {
  await withDraft(file, text, (draft) => rename(draft, file));
}

/** Makes the file where there is none. Of processes that do so at the same time all get the text of the first. */
export async function claimSecretFile(file: string, text: string): Promise<string> {
  try {
    await withDraft(file, text, (draft) => link(draft, file));
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readUserFile(file);
  }
}

async function withDraft(file: string, text: string, use: (draft: string) => Promise<void>): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await use(draft);
  } finally {
    await rm(draft, { force: true });
  }
}
