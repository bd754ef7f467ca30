import { basename, dirname, join } from 'node:path';
import { MAX_COMPANION_BYTES, type PageFormat } from './page-format.ts';
import { createPageStructure } from './page-structure.ts';
import { openRegularFile, type RecordingAccess } from './transport/recording-access.ts';

/** The file that belongs to a page and lies beside it; null when the format has none or none that can be read is there. */
export async function companionText(
  path: string,
  format: PageFormat,
  access: RecordingAccess,
): Promise<string | null> {
  const name = format.companionOf?.(basename(path)) ?? null;
  if (name === null) return null;
  const handle = await openRegularFile(join(dirname(path), name), access).catch(() => null);
  if (!handle) return null;
  try {
    if ((await handle.stat()).size > MAX_COMPANION_BYTES) return null;
    const content = await handle.readFile();
    return createPageStructure(access.limits).take(content) === null ? content.toString('utf8') : null;
  } finally {
    await handle.close();
  }
}
