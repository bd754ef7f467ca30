import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { asKnownAt, type InstrumentMaster, newestList, withList } from '@deltastream/venues/master';
import { reasonOf } from '../../../kit/errors.ts';
import { writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { readMaster, storedMaster, UnreadableMaster } from './stored-master.ts';

/** The lists of a connection, kept. Neither function rejects: a feed without them follows its venues all the same. */
export type InstrumentFiles = NonNullable<
  Parameters<typeof import('@deltastream/venues').createLiveSource>[1]['keeper']
>;

/** The contracts that are kept at most are some 35 MB: several times as much is no file of ours. */
const MOST_BYTES = 256 * 1024 ** 2;

/**
 * What a file holds; null where there is none. Throws UnreadableMaster where it holds something else, and as reading a file
 * does.
 */
export async function readInstruments(folder: string, venue: string): Promise<InstrumentMaster | null> {
  let text: string;
  try {
    await using file = await open(join(folder, `${venue}.json`), 'r');
    const { size } = await file.stat();
    if (size > MOST_BYTES) throw new UnreadableMaster(`it has ${size} bytes, at most ${MOST_BYTES} are read`);
    text = await file.readFile('utf8');
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
  const master = readMaster(stored);
  if (master.venue !== venue)
    throw new UnreadableMaster(`it is of ${JSON.stringify(master.venue)}, whose ids mean other contracts`);
  return master;
}

export function createInstrumentFiles(
  folder: string,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): InstrumentFiles {
  /** One after the other, so that no list is lost between reading and writing. */
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(venue: string, action: () => Promise<T>): Promise<T | null> {
    const done = turn.then(action).catch((error: unknown) => {
      // What cannot be read here stays: a newer release may.
      logger.event('venue_instruments_not_read', { venue, reason: reasonOf(error) });
      return null;
    });
    turn = done;
    return done;
  }

  const known = async (venue: string): Promise<InstrumentMaster | null> => {
    const master = await readInstruments(folder, venue);
    return master && asKnownAt(master, clock.now());
  };

  return {
    load: (venue, products) =>
      inTurn(venue, async () => {
        const master = await known(venue);
        return master && newestList(master, products, clock.now());
      }),
    save: async (venue, list) => {
      await inTurn(venue, async () => {
        const before = await known(venue);
        const after = withList(before, venue, list);
        if (after !== before) await writeJsonFile(join(folder, `${venue}.json`), storedMaster(after));
      });
    },
  };
}
