import { readFile } from 'node:fs/promises';
import { SHIPPED_REFERENCE, useReference } from '@deltastream/reference';
import { DeltaStreamError, reasonOf } from './kit/errors.ts';

/**
 * Puts the user's own facts of the markets over the shipped ones for this process, before any service asks for
 * them. Resolves with what puts the shipped ones back. Rejects with `invalid_setting` naming the file, the place
 * in it and why it cannot be used; nothing of it is then in force.
 */
export async function useReferenceFile(file: string | undefined): Promise<() => void> {
  if (file === undefined) return () => undefined;
  const { withOverride } = await import('@deltastream/reference/override');
  try {
    return useReference(withOverride(SHIPPED_REFERENCE, JSON.parse(await readFile(file, 'utf8'))));
  } catch (cause) {
    throw new DeltaStreamError('invalid_setting', `--reference ${file}: ${reasonOf(cause)}`, { cause });
  }
}
