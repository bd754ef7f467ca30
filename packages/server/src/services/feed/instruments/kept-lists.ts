import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LRUCache } from 'lru-cache';
import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { readInstruments } from './instrument-files.ts';
import { type KeptPlaces, type ListPlace, listFile } from './instrument-folder.ts';
import type { KeptMaster } from './stored-master.ts';

/** What was read, and the venues of which it could not be. */
interface ReadLists {
  readonly masters: readonly KeptMaster[];
  readonly notRead: readonly string[];
}

export interface KeptLists {
  read(): Promise<ReadLists>;
}

/** A list is some megabytes in memory: requests that follow each other read it once, and later it is let go. */
const HELD_MS = 60_000; // Longer than between two pages of one caller, far shorter than between two lists.

interface Held {
  /** Of the file: a newer one is another. */
  readonly version: string;
  readonly master: KeptMaster | null;
}

/** The lists of the places as they are kept now. Never rejects for a file that cannot be read: it is named. */
export function createKeptLists({ folder, places }: KeptPlaces, logger: Logger): KeptLists {
  const held = new LRUCache<string, Held>({
    max: Math.max(1, places.length),
    ttl: HELD_MS,
    ttlAutopurge: true,
    updateAgeOnGet: true,
  });
  /** Versions of files that were logged as not readable. */
  const told = new Map<string, string>();
  /** Files that are being read. */
  const reading = new Map<string, Promise<KeptMaster | null>>();

  /** Requests that come at once read a file once: it takes the thread of the feed for as long as it is parsed. */
  function masterOf(place: ListPlace): Promise<KeptMaster | null> {
    const file = listFile(place);
    const begun = reading.get(file);
    if (begun) return begun;
    const read = readNow(place).finally(() => reading.delete(file));
    reading.set(file, read);
    return read;
  }

  async function readNow(place: ListPlace): Promise<KeptMaster | null> {
    const file = listFile(place);
    const version = await versionOf(join(folder, file));
    if (version === null) return null;
    const known = held.get(file);
    if (known?.version === version) return known.master;
    const master = await readInstruments(folder, place).catch((error: unknown) => {
      if (told.get(file) !== version) {
        told.set(file, version);
        logger.event('venue_instruments_not_read', { venue: place.venue, reason: reasonOf(error) });
      }
      return null;
    });
    held.set(file, { version, master });
    return master;
  }

  return {
    async read() {
      const masters: KeptMaster[] = [];
      const notRead: string[] = [];
      for (const place of places) {
        const master = await masterOf(place);
        if (master !== null) masters.push(master);
        else if (held.peek(listFile(place)) !== undefined) notRead.push(place.venue);
      }
      return { masters, notRead };
    },
  };
}

/** Null where there is no file. A file that cannot be looked at is read, which says why it cannot. */
async function versionOf(path: string): Promise<string | null> {
  try {
    const { mtimeMs, size, ino } = await stat(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : 'unknown';
  }
}
