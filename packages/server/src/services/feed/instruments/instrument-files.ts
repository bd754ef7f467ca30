import { open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { asKnownAt, type InstrumentMaster, newestList, withList } from '@deltastream/venues/master';
import { reasonOf } from '../../../kit/errors.ts';
import { writeJsonFile } from '../../../kit/files/json-file.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { isOfOtherServer, type ListPlace, listFile } from './instrument-folder.ts';
import { type KeptMaster, readMaster, storedMaster, UnreadableMaster } from './stored-master.ts';

/** The lists of a connection, kept. Neither function rejects: a feed without them follows its venues all the same. */
export type InstrumentFiles = NonNullable<
  Parameters<typeof import('@deltastream/venues').createLiveSource>[1]['keeper']
>;

/** The contracts that are kept at most are some 50 MB: several times as much is no file of ours. */
const MOST_BYTES = 256 * 1024 ** 2;

/** Lists of servers other than the venues themselves; a simulator has another port with each start. */
const MOST_OTHER_SERVERS = 16; // Some test systems and simulators beside each other; those written last are kept.

/**
 * What a file holds; null where there is none. Throws UnreadableMaster where it holds something else, and as reading a file
 * does.
 */
export async function readInstruments(folder: string, place: ListPlace): Promise<KeptMaster | null> {
  let text: string;
  try {
    await using file = await open(join(folder, listFile(place)), 'r');
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
  if (master.venue !== place.venue)
    throw new UnreadableMaster(`it is of ${JSON.stringify(master.venue)}, whose ids mean other contracts`);
  if (master.endpoint !== place.endpoint)
    throw new UnreadableMaster('it is of another server than the one that is followed');
  return master;
}

/** @param endpoints the venues that are followed at another server than their own, with its origin */
export function createInstrumentFiles(
  folder: string,
  endpoints: ReadonlyMap<string, string>,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): InstrumentFiles {
  const placeOf = (venue: string): ListPlace => ({ venue, endpoint: endpoints.get(venue) ?? null });
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

  const known = async (place: ListPlace): Promise<InstrumentMaster | null> => {
    const master = await readInstruments(folder, place);
    return master && asKnownAt(master, clock.now());
  };

  return {
    load: (venue, products) =>
      inTurn(venue, async () => {
        const master = await known(placeOf(venue));
        return master && newestList(master, products, clock.now());
      }),
    save: async (venue, list) => {
      await inTurn(venue, async () => {
        const place = placeOf(venue);
        const before = await known(place);
        const after = withList(before, venue, list);
        if (after === before) return;
        const stored = storedMaster({ ...after, endpoint: place.endpoint });
        await writeJsonFile(join(folder, listFile(place)), stored);
        if (place.endpoint !== null) await forgetOtherServers(folder);
      });
    },
  };
}

/** Removes the lists of other servers beyond the bound, those that were written first. */
async function forgetOtherServers(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter(isOfOtherServer);
  if (names.length <= MOST_OTHER_SERVERS) return;
  const files = await Promise.all(
    names.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })),
  );
  const gone = files.sort((a, b) => b.at - a.at).slice(MOST_OTHER_SERVERS);
  for (const { path } of gone) await rm(path, { force: true });
}
