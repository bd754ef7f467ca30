import type { FileSchema, SchemaStep } from '../../file-schema.ts';
import { addFigureColumns } from '../main/figure-columns.ts';
import { MAIN_STEPS } from '../main/main-schema.ts';

/** `day-YYYYMMDD.db`: the sealed snapshots of one UTC day. */
export const DAY_FILE = /^day-(\d{4})(\d{2})(\d{2})\.db$/;
/** `hot-YYYYMMDD.db`: snapshots of one UTC day as they come. */
export const HOT_FILE = /^hot-(\d{4})(\d{2})(\d{2})\.db$/;

/** "DSms". */
const APPLICATION_ID = 0x44_53_6d_73;

export const MAIN_SCHEMA: FileSchema = {
  steps: MAIN_STEPS,
  complete: addFigureColumns,
  applicationId: APPLICATION_ID,
  keepsCopy: true,
};

/**
 * Snapshots of one UTC day; the file says everything about itself. `id` rises with every write, also
 * when a snapshot is replaced, so that what was written after a given point can be found again. The key is
 * in the order of time, in which snapshots come, so that a commit touches the last page of its index only;
 * a chain's own order in time is that of its summaries in main.db.
 */
const HOT_STEPS: readonly SchemaStep[] = [
  {
    what: 'snapshots of a day',
    sql: `
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL,
    expiry TEXT NOT NULL,
    UNIQUE (product, expiry)
  ) STRICT;
  CREATE TABLE snap (
    id INTEGER PRIMARY KEY,
    chain INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (ts, chain)
  ) STRICT;`,
  },
];

/** No copies: a folder may hold hundreds of days, each large. Their steps are one transaction, as everywhere. */
export const HOT_SCHEMA: FileSchema = { steps: HOT_STEPS, applicationId: APPLICATION_ID, keepsCopy: false };

/**
 * Snapshots of one UTC day in compressed segments, each of one chain; a segment lies under the time of its first snapshot.
 * Such a file is written once, as a new one that takes the place of the one before, and never changed. `manifest` says
 * what must be in it; `checksum` is the CRC-32 of the checksums of all segments, by id.
 */
const DAY_STEPS: readonly SchemaStep[] = [
  {
    what: 'segments of a day',
    sql: `
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL,
    expiry TEXT NOT NULL,
    UNIQUE (product, expiry)
  ) STRICT;
  CREATE TABLE seg (
    id INTEGER PRIMARY KEY,
    chain INTEGER NOT NULL,
    first_ts INTEGER NOT NULL,
    last_ts INTEGER NOT NULL,
    snapshots INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (chain, first_ts)
  ) STRICT;
  CREATE TABLE manifest (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    sealed_at INTEGER NOT NULL,
    segments INTEGER NOT NULL,
    snapshots INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    checksum INTEGER NOT NULL
  ) STRICT;`,
  },
];

export const DAY_SCHEMA: FileSchema = { steps: DAY_STEPS, applicationId: APPLICATION_ID, keepsCopy: false };
