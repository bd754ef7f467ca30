import type { SchemaStep } from '../../file-schema.ts';

/** The figures that step 1 made columns of. */
const SUMMARY_COLUMNS_OF_STEP_1 = [
  'spot_price',
  'forward',
  'atm_strike',
  'atm_iv',
  'atm_straddle_price',
  'expected_move',
  'pcr_oi',
  'pcr_volume',
  'pcr_oi_change',
  'max_pain_strike',
  'total_call_oi',
  'total_put_oi',
  'total_call_volume',
  'total_put_volume',
  'support_strike',
  'resistance_strike',
];

/**
 * Everything but the snapshots. A snapshot counts as stored once its `summary` row is here; `hot.last_id`
 * says how far into a day's hot file that is so. A row of `hot` also says that snapshots of its day are kept, in its hot
 * file, sealed or both, so that a day of which there is neither is missed; sealed by an older release it has none.
 */
export const MAIN_STEPS: readonly SchemaStep[] = [
  {
    what: 'summaries, ticks and bars',
    sql: `
  CREATE TABLE hot (day INTEGER PRIMARY KEY, last_id INTEGER NOT NULL) STRICT;
  CREATE TABLE chain (
    id INTEGER PRIMARY KEY,
    product TEXT NOT NULL,
    expiry TEXT NOT NULL,
    expiry_at INTEGER NOT NULL,
    currency TEXT NOT NULL,
    spot REAL,
    first_ts INTEGER NOT NULL,
    last_ts INTEGER NOT NULL,
    UNIQUE (product, expiry)
  ) STRICT;
  CREATE TABLE summary (
    chain INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    ${SUMMARY_COLUMNS_OF_STEP_1.map((name) => `${name} REAL`).join(', ')},
    PRIMARY KEY (chain, ts)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE tick_block (
    product TEXT NOT NULL,
    minute INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (product, minute)
  ) STRICT;
  CREATE TABLE bar (
    product TEXT NOT NULL,
    interval TEXT NOT NULL,
    start INTEGER NOT NULL,
    open_at INTEGER NOT NULL,
    open REAL NOT NULL,
    high REAL NOT NULL,
    low REAL NOT NULL,
    close_at INTEGER NOT NULL,
    close REAL NOT NULL,
    PRIMARY KEY (product, interval, start)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE total (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    snapshots INTEGER NOT NULL,
    quotes INTEGER NOT NULL,
    ticks INTEGER NOT NULL,
    bars INTEGER NOT NULL
  ) STRICT;
  INSERT INTO total VALUES (1, 0, 0, 0, 0);`,
  },
  // Rows say by a checksum that they are what was written; one without was written before there were any.
  // `damaged_block` holds, byte for byte, blocks of ticks that could not be read when others joined them.
  {
    what: 'checksums of rows, counts of imports, name of the store',
    sql: `ALTER TABLE chain ADD COLUMN crc INTEGER;
  ALTER TABLE summary ADD COLUMN crc INTEGER;
  ALTER TABLE bar ADD COLUMN crc INTEGER;
  CREATE TABLE import_count (
    generation INTEGER PRIMARY KEY,
    chains_new INTEGER NOT NULL DEFAULT 0,
    chains_replaced INTEGER NOT NULL DEFAULT 0,
    chains_same INTEGER NOT NULL DEFAULT 0,
    ticks_new INTEGER NOT NULL DEFAULT 0,
    ticks_replaced INTEGER NOT NULL DEFAULT 0,
    ticks_same INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE damaged_block (
    product TEXT NOT NULL,
    minute INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (product, minute)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE identity (one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL) STRICT;
  INSERT INTO identity VALUES (1, lower(hex(randomblob(16))));`,
  },
  // Columns of the figures are added by `addFigureColumns`.
  {
    what: 'figures of products',
    sql: `CREATE TABLE product_figures (
    product TEXT NOT NULL,
    ts INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    progress REAL NOT NULL,
    crc INTEGER NOT NULL,
    PRIMARY KEY (product, ts)
  ) STRICT, WITHOUT ROWID;`,
  },
  // Blocks of figures by the hour: the last of each minute, and of each quarter of an hour. Of what was stored before nothing is rolled up yet.
  {
    what: 'roll-ups of figures',
    sql: `CREATE TABLE rollup_minutes (
    series TEXT NOT NULL,
    hour INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (series, hour)
  ) STRICT;
  CREATE TABLE rollup_quarters (
    series TEXT NOT NULL,
    hour INTEGER NOT NULL,
    data BLOB NOT NULL,
    UNIQUE (series, hour)
  ) STRICT;
  CREATE TABLE rollup_series (
    series TEXT PRIMARY KEY,
    rolled_to INTEGER NOT NULL,
    raw_from INTEGER NOT NULL,
    swept_to INTEGER NOT NULL,
    minutes_from INTEGER NOT NULL,
    open INTEGER NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX rollup_series_open ON rollup_series (series) WHERE open = 1;
  CREATE INDEX rollup_series_unswept ON rollup_series (swept_to) WHERE swept_to < rolled_to;
  CREATE INDEX rollup_series_minutes ON rollup_series (minutes_from) WHERE minutes_from < rolled_to;
  CREATE TABLE rollup_late (
    series TEXT NOT NULL,
    hour INTEGER NOT NULL,
    PRIMARY KEY (series, hour)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO rollup_series
    SELECT product || ' ' || expiry, 0, 0, 0, 0, 1, 0 FROM chain;
  INSERT INTO rollup_series
    WITH RECURSIVE products (product) AS (
      SELECT min(product) FROM product_figures
      UNION ALL
      SELECT (SELECT min(product) FROM product_figures WHERE product > products.product)
      FROM products WHERE products.product IS NOT NULL
    )
    SELECT product, 0, 0, 0, 0, 1, 0 FROM products WHERE product IS NOT NULL;`,
  },
  // Nothing is changed: from here on blocks are written that a release before takes for damaged, and so refuses the file.
  { what: 'blocks of ticks whose checksum covers their key', sql: '' },
];
export const MAIN_PAGE_BYTES = 4096; // SQLite's own default: its rows are short.
/** A round of snapshots writes the last page of each chain: those of 4,000 chains are not read again at every round. */
export const MAIN_CACHE_BYTES = 16 * 1024 * 1024;

/** Rows of each kind, which a commit adds to the table `total`. */
export interface Totals {
  snapshots: number;
  quotes: number;
  ticks: number;
  bars: number;
}
