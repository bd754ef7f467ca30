import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type InstrumentMaster, newestList, withList } from '@deltastream/venues/master';
import { reasonOf } from '../../../kit/errors.ts';
import { writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { readMaster, storedMaster, UnreadableMaster } from './stored-master.ts';

/** The lists of a connection, kept. Neither function rejects: a feed without them follows its venues all the same. */
export type InstrumentFiles = NonNullable<
  Parameters<typeof import('@deltastream/venues').createLiveSource>[1]['keeper']
>;

/**
 * What a file holds; null where there is none. Throws UnreadableMaster where it holds something else, and as reading a file
 * does.
 */
export async function readInstruments(folder: string, venue: string): Promise<InstrumentMaster | null> {
  let text: string;
  try {
    text = await readFile(join(folder, `${venue}.json`), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    throw new UnreadableMaster('it is not JSON');
  }
  return readMaster(stored);
}

export function createInstrumentFiles(
  folder: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): InstrumentFiles {
  /** One after the other, so that no list is lost between reading and writing. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(venue: string, action: () => Promise<T>): Promise<T | null> {
    const done = turn.then(action).catch((error: unknown) => {
      // What cannot be read stays for whoever can.
      logger.event('venue_instruments_left_alone', { venue, reason: reasonOf(error) });
      return null;
    });
    turn = done;
    return done;
  }

  return {
    load: (venue, products) =>
      inTurn(venue, async () => {
        const master = await readInstruments(folder, venue);
        return master && newestList(master, products, clock.now());
      }),
    save: async (venue, list) => {
      await inTurn(venue, async () => {
        const before = await readInstruments(folder, venue);
        const after = withList(before, venue, list);
        if (after !== before) await writeJsonFile(join(folder, `${venue}.json`), storedMaster(after));
      });
    },
  };
}
