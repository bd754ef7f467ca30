import { SHIPPED_REFERENCE, useReference } from '@deltastream/reference';
import { DeltaStreamError, reasonOf } from '../kit/errors.ts';
import { readUserFile } from '../kit/files/user-file.ts';

/** What the platforms of this process run on: text of the user's file, empty for the shipped facts alone. */
let inForce: { readonly text: string; readonly restore: () => void; users: number } | null = null;

/**
 * Puts the user's own facts of the markets over the shipped ones for this process, before any service asks for them.
 * Resolves with what gives them up again, idempotent: the shipped ones are back when the last platform that runs on them
 * has stopped. Rejects with `invalid_setting` naming the file, the place in it and why it cannot be used, also where a
 * platform of this process runs on other facts, and with `stopped` when the signal aborts meanwhile; the facts
 * in force then stay as they are.
 */
export async function useReferenceFile(file: string | undefined, signal?: AbortSignal): Promise<() => void> {
  const refused = (reason: string, cause?: unknown) =>
    new DeltaStreamError('invalid_setting', `--reference ${file ?? '(none)'}: ${reason}`, { cause });
  let text = '';
  let data = SHIPPED_REFERENCE;
  if (file !== undefined) {
    try {
      const { withOverride } = await import('@deltastream/reference/override');
      text = readUserFile(file);
      data = withOverride(SHIPPED_REFERENCE, JSON.parse(text));
    } catch (cause) {
      throw refused(reasonOf(cause), cause);
    }
  }
  // From here to the end nothing is awaited, so that no abort and no other platform comes between.
  if (signal?.aborted) throw new DeltaStreamError('stopped', 'stopped while it started');
  if (inForce && inForce.text !== text) {
    throw refused(
      'a platform of this process runs on other facts of the markets, which are those of the process; ' +
        'stop it first, or start this one in a process of its own',
    );
  }
  inForce ??= { text, restore: text === '' ? () => undefined : useReference(data), users: 0 };
  const held = inForce;
  held.users += 1;
  let given = true;
  return () => {
    if (!given) return;
    given = false;
    held.users -= 1;
    if (held.users > 0) return;
    held.restore();
    inForce = null;
  };
}
