import { basename, dirname, join } from 'node:path';
import { isStopped, openRegularFile, type RecordingAccess } from '../transport/recording-access.ts';
import { MAX_COMPANION_BYTES, type PageFormat, type PagePart } from './page-format.ts';
import { createPageStructure } from './page-structure.ts';

/** The file that belongs to a page and lies beside it; null when the format has none or none that can be read is there. */
export async function companionOf(
  path: string,
  format: PageFormat,
  access: RecordingAccess,
): Promise<PagePart | null> {
  const name = format.companionOf?.(basename(path)) ?? null;
  if (name === null) return null;
  const handle = await openRegularFile(join(dirname(path), name), access).catch((error) => {
    if (isStopped(error)) throw error;
    return null;
  });
  if (!handle) return null;
  try {
    if ((await handle.stat()).size > MAX_COMPANION_BYTES) return null;
    const content = await handle.readFile();
    if (createPageStructure(access.limits).take(content) !== null) return null;
    return { where: { file: name }, text: content.toString('utf8') };
  } finally {
    await handle.close();
  }
}
