import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { MAX_COMPANION_BYTES, type PageFormat } from './page-format.ts';

/** The file that belongs to a page and lies beside it; null when the format has none or it is not there. */
export async function companionText(path: string, format: PageFormat): Promise<string | null> {
  const name = format.companionOf?.(basename(path)) ?? null;
  if (name === null) return null;
  const companion = join(dirname(path), name);
  const found = await stat(companion).catch(() => null);
  if (!found?.isFile() || found.size > MAX_COMPANION_BYTES) return null;
  return readFile(companion, 'utf8');
}
