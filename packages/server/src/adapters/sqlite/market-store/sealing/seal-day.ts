import { renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createChainHeadCodec, createSegmentCodec, type Segment } from '@deltastream/contracts/codec';
import type { FileSchema } from '../../file-schema.ts';
import { migrate } from '../../migrate.ts';
import { dayFile, hotFile, inodeOf, partialFile, syncPath } from '../files/files.ts';
import { DAY_SCHEMA, HOT_SCHEMA } from '../files/schemas.ts';
import { onFile, openStoreFileToRead } from '../files/store-file.ts';
import type { ChainKey } from '../messages.ts';
import { createDayTarget, DAY_PAGE_BYTES, type DayTarget, type SegmentRow } from './day-target.ts';

/** Snapshots of one segment: more compress little better, and all of them are decoded to read one. */
const SEGMENT_SNAPSHOTS = 60;
/** Cells of one segment, 5 MB when decoded: chains of very many strikes have fewer snapshots in one. */
const SEGMENT_CELLS = 640_000;

/** What was sealed of a day. */
export interface SealedDay {
  readonly snapshots: number;
  readonly quotes: number;
  readonly segments: number;
  /** Of the segments. */
  readonly bytes: number;
  /** How far the hot file was read, and which file that was. */
  readonly lastId: number;
  readonly inode: number | undefined;
}

/** A day that is being sealed. Each step is short, so that the caller may wait between two. */
export interface DaySealing {
  /** Writes the next segment; false when there is none left. Throws StoreFileError, after which only `abandon` is called. */
  step(): boolean;
  /** Makes what was written durable, and puts it in the place of what the day was sealed as before. */
  finish(): SealedDay;
  /** Leaves everything as it was. */
  abandon(): void;
}

interface Entry {
  readonly timestamp: number;
  blob(): Uint8Array;
}

/**
 * Begins to seal a UTC day: all snapshots of its hot file, as they are at this moment, and of the segments that it was
 * sealed in before; a row of the hot file replaces a sealed one. The new file takes the place of the old one when it is
 * durable, so that a crash at any moment leaves the one or the other, and the hot file, which is not touched here. Throws
 * StoreFileError, after which nothing is left open.
 */
export function beginSealing(folder: string, day: number, busyTimeoutMs: number): DaySealing {
  const hotPath = hotFile(folder, day);
  const dayPath = dayFile(folder, day);
  const partial = partialFile(folder, day);
  rmSync(partial, { force: true });
  const inode = inodeOf(hotPath);
  const open: DatabaseSync[] = [];
  const toRead = (file: string, schema: FileSchema): DatabaseSync | null => {
    const database = openStoreFileToRead(file, schema, busyTimeoutMs)?.database ?? null;
    if (database !== null) open.push(database);
    return database;
  };
  const close = () => {
    for (const database of open.splice(0)) database.close();
  };
  const abandon = () => {
    close();
    rmSync(partial, { force: true });
  };

  try {
    const hot = toRead(hotPath, HOT_SCHEMA);
    const before = toRead(dayPath, DAY_SCHEMA);
    const target = onFile(partial, () => {
      const database = new DatabaseSync(partial);
      open.push(database);
      return { ...beginTarget(partial, database), commit: () => database.exec('COMMIT') };
    });
    // One state of the hot file, whatever is written to it meanwhile.
    const lastId = onFile(hotPath, () => {
      hot?.exec('BEGIN');
      return Number(hot?.prepare('SELECT max(id) AS id FROM snap').get()?.id ?? 0);
    });
    const steps = segmentsOf(day, folder, hot, before, target);
    return {
      step: () => steps.next().done !== true,
      finish() {
        const totals = onFile(partial, () => {
          const written = target.writeManifest();
          target.commit();
          close();
          syncPath(partial);
          renameSync(partial, dayPath);
          syncPath(dirname(dayPath));
          return written;
        });
        return { ...totals, lastId, inode };
      },
      abandon,
    };
  } catch (error) {
    abandon();
    throw error;
  }
}

/** Writes segment after segment, chain after chain. */
function* segmentsOf(
  day: number,
  folder: string,
  hot: DatabaseSync | null,
  before: DatabaseSync | null,
  target: DayTarget,
): Generator<void> {
  const onHot = <T>(work: () => T): T => onFile(hotFile(folder, day), work);
  const onDay = <T>(work: () => T): T => onFile(dayFile(folder, day), work);
  const rows = onHot(() => hotRows(hot));
  const sealed = onDay(() => chainsOf(before));
  const codec = createSegmentCodec();
  const heads = createChainHeadCodec();
  const keys = new Map([...sealed.keys(), ...rows.keys()].map((name) => [name, keyOf(name)]));
  for (const [name, key] of [...keys].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const chain = target.chain(key);
    const own = rows.get(name);
    const older = sealed.get(name);
    if (own === undefined) {
      // Nothing came since: the segments stay as they are, one that is damaged, too.
      for (const row of onDay(() => segmentRows(before, older))) {
        target.copy(chain, row);
        yield;
      }
      continue;
    }
    const entries = merged(hotEntries(hot, own), sealedEntries(before, older, codec.open, onDay));
    let group: { blobs: Uint8Array[]; times: number[]; quotes: number; width: number; cells: number } | null =
      null;
    const flush = () => {
      if (group === null) return;
      target.add(chain, group.times, group.quotes, codec.encode(group.blobs));
      group = null;
    };
    for (const { timestamp, blob } of entries) {
      const data = onHot(blob);
      const { strikes, columns, quotes } = onHot(() => heads.decode(data));
      const cells = strikes * columns;
      if (
        group !== null &&
        (group.width !== columns ||
          group.blobs.length === SEGMENT_SNAPSHOTS ||
          group.cells + cells > SEGMENT_CELLS)
      ) {
        onHot(flush);
        yield;
      }
      group ??= { blobs: [], times: [], quotes: 0, width: columns, cells: 0 };
      group.blobs.push(data);
      group.times.push(timestamp);
      group.quotes += quotes;
      group.cells += cells;
    }
    onHot(flush);
    yield;
  }
}

const nameOf = ({ product, expiry }: ChainKey): string => `${product} ${expiry}`;
function keyOf(name: string): ChainKey {
  const space = name.lastIndexOf(' ');
  return { product: name.slice(0, space), expiry: name.slice(space + 1) };
}

/** Times and ids of the snapshots of each chain, 16 bytes each: read in one pass, for there is no index by chain. */
function hotRows(hot: DatabaseSync | null): Map<string, { times: Float64Array; ids: Float64Array }> {
  const rows = new Map<string, { times: Float64Array; ids: Float64Array }>();
  if (hot === null) return rows;
  const chains = hot.prepare('SELECT id, product, expiry FROM chain').all() as unknown as (ChainKey & {
    id: number;
  })[];
  const counts = new Map(
    (
      hot.prepare('SELECT chain, count(*) AS count FROM snap GROUP BY chain').all() as {
        chain: number;
        count: number;
      }[]
    ).map(({ chain, count }) => [chain, count]),
  );
  const byId = new Map<number, { times: Float64Array; ids: Float64Array; filled: number }>();
  for (const chain of chains) {
    const count = counts.get(chain.id) ?? 0;
    if (count === 0) continue;
    const lists = { times: new Float64Array(count), ids: new Float64Array(count), filled: 0 };
    byId.set(chain.id, lists);
    rows.set(nameOf(chain), lists);
  }
  const all = hot.prepare('SELECT chain, ts, id FROM snap ORDER BY ts, chain');
  all.setReturnArrays(true);
  for (const [chain, ts, id] of all.iterate() as unknown as Iterable<number[]>) {
    const lists = byId.get(chain);
    if (lists === undefined) continue;
    lists.times[lists.filled] = ts;
    lists.ids[lists.filled++] = id;
  }
  return rows;
}

function* hotEntries(
  hot: DatabaseSync | null,
  { times, ids }: { times: Float64Array; ids: Float64Array },
): Generator<Entry> {
  const select = hot?.prepare('SELECT data FROM snap WHERE id = ?');
  for (const [i, timestamp] of times.entries()) {
    yield { timestamp, blob: () => select?.get(ids[i])?.data as Uint8Array };
  }
}

function* sealedEntries(
  before: DatabaseSync | null,
  chain: number | undefined,
  open: (segment: Uint8Array) => Segment,
  onDay: <T>(work: () => T) => T,
): Generator<Entry> {
  for (const { data } of segmentRows(before, chain)) {
    const segment = onDay(() => open(data));
    for (const [i, timestamp] of segment.timestamps.entries()) {
      yield { timestamp, blob: () => segment.blob(i) };
    }
  }
}

/** Both in the order of time; where both have an instant, the first. */
function* merged(first: Iterator<Entry>, second: Iterator<Entry>): Generator<Entry> {
  let [a, b] = [first.next(), second.next()];
  while (a.done !== true || b.done !== true) {
    const [one, other]: [Entry | null, Entry | null] = [a.done ? null : a.value, b.done ? null : b.value];
    if (other === null || (one !== null && one.timestamp <= other.timestamp)) {
      if (one === null) return;
      yield one;
      if (other?.timestamp === one.timestamp) b = second.next();
      a = first.next();
    } else {
      yield other;
      b = second.next();
    }
  }
}

function chainsOf(before: DatabaseSync | null): Map<string, number> {
  const chains = (before?.prepare('SELECT id, product, expiry FROM chain').all() ??
    []) as unknown as (ChainKey & {
    id: number;
  })[];
  return new Map(chains.map((chain) => [nameOf(chain), chain.id]));
}

function segmentRows(before: DatabaseSync | null, chain: number | undefined): Iterable<SegmentRow> {
  if (before === null || chain === undefined) return [];
  const select = before.prepare(
    'SELECT first_ts, last_ts, snapshots, quotes, data FROM seg WHERE chain = ? ORDER BY first_ts',
  );
  return select.iterate(chain) as unknown as Iterable<SegmentRow>;
}

/** Begins a new file; nothing reads it before it has its name, so it needs no journal. */
function beginTarget(file: string, database: DatabaseSync): DayTarget {
  database.exec(`PRAGMA page_size = ${DAY_PAGE_BYTES}; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF`);
  migrate(database, file, DAY_SCHEMA);
  database.exec('BEGIN');
  return createDayTarget(database);
}
