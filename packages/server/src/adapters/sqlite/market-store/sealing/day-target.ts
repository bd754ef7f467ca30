import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import type { ChainKey } from '../messages.ts';

/** Half a page is left over of each segment, of which those of a few snapshots have a few KB. */
export const DAY_PAGE_BYTES = 1024;
/** Of days that an earlier release sealed. */
export const FORMER_DAY_PAGE_BYTES = 4096;

export interface SegmentRow {
  readonly first_ts: number;
  readonly last_ts: number;
  readonly snapshots: number;
  readonly quotes: number;
  readonly data: Uint8Array;
}

/** A sealed day that is being filled. */
export interface DayTarget {
  chain(key: ChainKey): number;
  add(chain: number, times: readonly number[], quotes: number, data: Uint8Array): void;
  copy(chain: number, row: SegmentRow): void;
  /** Says what was written, once all of it is. */
  writeManifest(): { snapshots: number; quotes: number; segments: number; bytes: number };
}

/** @param database of the schema of days, empty, in a transaction */
export function createDayTarget(database: DatabaseSync): DayTarget {
  const insertChain = database.prepare('INSERT INTO chain (product, expiry) VALUES (?, ?)');
  const insert: StatementSync = database.prepare(
    'INSERT INTO seg (chain, first_ts, last_ts, snapshots, quotes, data) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const totals = { snapshots: 0, quotes: 0, segments: 0, bytes: 0 };
  let checksum = 0;
  const put = (chain: number, { first_ts, last_ts, snapshots, quotes, data }: SegmentRow) => {
    insert.run(chain, first_ts, last_ts, snapshots, quotes, data);
    totals.snapshots += snapshots;
    totals.quotes += quotes;
    totals.segments++;
    totals.bytes += data.length;
    checksum = segmentsChecksum(data.subarray(1, 5), checksum);
  };
  return {
    chain: ({ product, expiry }) => Number(insertChain.run(product, expiry).lastInsertRowid),
    add: (chain, times, quotes, data) =>
      put(chain, {
        first_ts: times[0],
        last_ts: times[times.length - 1],
        snapshots: times.length,
        quotes,
        data,
      }),
    copy: put,
    writeManifest() {
      const { segments, snapshots, quotes, bytes } = totals;
      database
        .prepare(
          'INSERT INTO manifest (one, sealed_at, segments, snapshots, quotes, bytes, checksum) VALUES (1, ?, ?, ?, ?, ?, ?)',
        )
        .run(Date.now(), segments, snapshots, quotes, bytes, checksum);
      return totals;
    },
  };
}

/** The CRC-32 of the checksums of segments one after another, from that of those before them. */
export const segmentsChecksum = (checksums: Uint8Array, before = 0): number => crc32(checksums, before);
