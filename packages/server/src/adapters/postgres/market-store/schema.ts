import { HISTORY_FIGURES, PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { PostgresConnection, Session } from '../database/connect.ts';
import type { PostgresSchema } from '../database/schema.ts';

/** Tables that have a column for each figure of a catalogue. */
const FIGURE_TABLES = { snapshot: HISTORY_FIGURES, product_figures: PRODUCT_FIGURE_NAMES } as const;
type FigureTable = keyof typeof FIGURE_TABLES;

/** Columns that are not figures. */
const OTHERS: Readonly<Record<FigureTable, ReadonlySet<string>>> = {
  snapshot: new Set([...['product', 'expiry', 'ts', 'generation', 'epoch', 'seq', 'quotes', 'data']]),
  product_figures: new Set(['product', 'minute', 'ts', 'as_of', 'progress']),
};

/**
 * Chains and ticks lie in a partition per UTC day. Text compares by its bytes, so that no rule of a language decides,
 * and the bytes of a chain are neither compressed, which they are, nor read with the figures beside them.
 */
export const MARKET_SCHEMA: PostgresSchema = {
  name: 'deltastream_recorded',
  steps: [
    {
      what: 'chains, ticks, bars and figures of products',
      sql: (schema) => `
        CREATE TABLE ${schema}.store_identity (
          only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          id text NOT NULL
        );
        INSERT INTO ${schema}.store_identity (id) VALUES (replace(gen_random_uuid()::text, '-', ''));
        CREATE TABLE ${schema}.snapshot (
          product text COLLATE "C" NOT NULL,
          expiry text COLLATE "C" NOT NULL,
          ts timestamptz NOT NULL,
          generation bigint NOT NULL,
          epoch text NOT NULL,
          seq bigint NOT NULL,
          quotes integer NOT NULL,
          data bytea NOT NULL,
          PRIMARY KEY (product, expiry, ts)
        ) PARTITION BY RANGE (ts);
        ALTER TABLE ${schema}.snapshot ALTER COLUMN data SET STORAGE EXTERNAL;
        CREATE TABLE ${schema}.chain_series (
          product text COLLATE "C" NOT NULL,
          expiry text COLLATE "C" NOT NULL,
          first_ts timestamptz NOT NULL,
          last_ts timestamptz NOT NULL,
          expiry_at timestamptz NOT NULL,
          currency text NOT NULL,
          spot double precision,
          PRIMARY KEY (product, expiry)
        ) WITH (fillfactor = 50);
        CREATE TABLE ${schema}.tick (
          product text COLLATE "C" NOT NULL,
          ts timestamptz NOT NULL,
          generation bigint NOT NULL,
          epoch text NOT NULL,
          seq bigint NOT NULL,
          source text NOT NULL,
          currency text NOT NULL,
          price double precision NOT NULL,
          previous_close double precision,
          PRIMARY KEY (product, ts)
        ) PARTITION BY RANGE (ts);
        CREATE TABLE ${schema}.tick_series (
          product text COLLATE "C" PRIMARY KEY,
          first_ts timestamptz NOT NULL,
          last_ts timestamptz NOT NULL,
          currency text NOT NULL,
          price double precision NOT NULL,
          previous_close double precision
        ) WITH (fillfactor = 50);
        CREATE TABLE ${schema}.bar (
          product text COLLATE "C" NOT NULL,
          bar_interval text COLLATE "C" NOT NULL,
          starts_at timestamptz NOT NULL,
          open_at timestamptz NOT NULL,
          open double precision NOT NULL,
          high double precision NOT NULL,
          low double precision NOT NULL,
          close_at timestamptz NOT NULL,
          close double precision NOT NULL,
          PRIMARY KEY (product, bar_interval, starts_at)
        ) WITH (fillfactor = 80);
        CREATE TABLE ${schema}.product_figures (
          product text COLLATE "C" NOT NULL,
          minute timestamptz NOT NULL,
          ts timestamptz NOT NULL,
          as_of timestamptz NOT NULL,
          progress double precision NOT NULL,
          PRIMARY KEY (product, minute)
        ) WITH (fillfactor = 80);
        CREATE TABLE ${schema}.day_count (
          day timestamptz PRIMARY KEY,
          snapshots bigint NOT NULL,
          quotes bigint NOT NULL,
          ticks bigint NOT NULL,
          bars bigint NOT NULL
        ) WITH (fillfactor = 50);
        CREATE TABLE ${schema}.import_count (
          generation bigint NOT NULL,
          kind text NOT NULL,
          outcome text NOT NULL,
          taken bigint NOT NULL,
          PRIMARY KEY (generation, kind, outcome)
        );`,
    },
    {
      what: 'roll-ups of figures by the minute and the quarter of an hour, and what retention left',
      sql: (schema) => `
        CREATE TABLE ${schema}.rollup (
          series text COLLATE "C" NOT NULL,
          hour timestamptz NOT NULL,
          minutes bytea,
          quarters bytea NOT NULL,
          PRIMARY KEY (series, hour)
        );
        ALTER TABLE ${schema}.rollup
          ALTER COLUMN minutes SET STORAGE EXTERNAL, ALTER COLUMN quarters SET STORAGE EXTERNAL;
        CREATE INDEX rollup_minutes ON ${schema}.rollup (hour) WHERE minutes IS NOT NULL;
        CREATE TABLE ${schema}.rollup_series (
          series text COLLATE "C" PRIMARY KEY,
          rolled_to timestamptz NOT NULL
        );
        CREATE TABLE ${schema}.rollup_late (
          series text COLLATE "C" NOT NULL,
          hour timestamptz NOT NULL,
          marked_at timestamptz NOT NULL,
          PRIMARY KEY (series, hour)
        );
        CREATE TABLE ${schema}.retention (
          only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
          rows_from timestamptz NOT NULL
        );
        INSERT INTO ${schema}.retention (rows_from) VALUES (to_timestamp(0));
        ALTER TABLE ${schema}.chain_series ADD COLUMN quotes_from timestamptz;
        UPDATE ${schema}.chain_series SET quotes_from = first_ts;`,
    },
    {
      what: 'quotes of chains that a storage of an earlier release lists meanwhile',
      // The default: not known, so anywhere from the first time on; retention looks and notes where they begin.
      sql: (schema) => `
        ALTER TABLE ${schema}.chain_series ALTER COLUMN quotes_from SET DEFAULT to_timestamp(0);
        UPDATE ${schema}.chain_series SET quotes_from = DEFAULT WHERE quotes_from IS NULL;`,
    },
  ],
  complete: addFigureColumns,
};

/** Figures that a table has a column for. */
async function figuresIn(session: Session, schema: string, table: FigureTable): Promise<ReadonlySet<string>> {
  const { rows } = await session.query(
    `SELECT attname FROM pg_attribute
     WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped`,
    [`${schema}.${table}`],
  );
  return new Set(rows.map(({ attname }) => String(attname)).filter((each) => !OTHERS[table].has(each)));
}

/**
 * Gives each table of figures a column for each figure of this release that it has none for; NULL in the rows that are
 * there. Columns of figures that this release does not know stay.
 */
async function addFigureColumns(session: Session, schema: string): Promise<void> {
  for (const [table, figures] of Object.entries(FIGURE_TABLES) as [FigureTable, readonly string[]][]) {
    const held = await figuresIn(session, schema, table);
    const added = figures.filter((figure) => !held.has(figure));
    if (added.length === 0) continue;
    const columns = added.map((figure) => `ADD COLUMN "${figure}" double precision`);
    await session.query(`ALTER TABLE ${schema}.${table} ${columns.join(', ')}`);
  }
}

/** Columns of figures that only a newer release knows. */
export async function unknownFigures(
  session: Session,
  schema: string,
  table: FigureTable,
): Promise<string[]> {
  const held = await figuresIn(session, schema, table);
  return [...held].filter((name) => !(FIGURE_TABLES[table] as readonly string[]).includes(name));
}

/** The figures of this release in their order, as SQL, each after a comma; NULL for one that the table has no column for yet. */
export interface FigureList {
  /** Of some of them, where `chosen` says so. */
  sql(session: Session, chosen?: readonly string[]): Promise<string>;
}

/** Looks at the columns until every figure of this release has one, since a newer storage may add them meanwhile. */
export function createFigureList({ schema }: PostgresConnection, table: FigureTable): FigureList {
  let held: ReadonlySet<string> = new Set();
  let isComplete = false;
  return {
    async sql(session, chosen = FIGURE_TABLES[table]) {
      if (!isComplete) held = await figuresIn(session, schema, table);
      isComplete = FIGURE_TABLES[table].every((name) => held.has(name));
      return chosen.map((name) => (held.has(name) ? `, "${name}"` : `, NULL AS "${name}"`)).join('');
    },
  };
}

/** Looks whether a schema has roll-ups until it has, since a newer storage may add them meanwhile. */
export function createRolledCheck({ schema }: PostgresConnection): (session: Session) => Promise<boolean> {
  let isRolled = false;
  return async (session) => {
    if (isRolled) return true;
    const { rows } = await session.query('SELECT to_regclass($1) IS NOT NULL AS found', [
      `${schema}.rollup_series`,
    ]);
    isRolled = rows[0].found;
    return isRolled;
  };
}

/** Rejects unless the role of a connection may write to the store, which no step may have needed it to. */
export async function requireWritable({ schema, place, run }: PostgresConnection): Promise<void> {
  const { rows } = await run((session) =>
    session.query("SELECT has_table_privilege($1, 'INSERT') AS may_write", [`${schema}.snapshot`]),
  );
  if (rows[0].may_write) return;
  const remedy = 'docs/postgresql.md says what the role of each service needs';
  throw new DeltaStreamError('store_failed', `${place}: this role may not write to the store; ${remedy}`);
}

/** The name that the first process gave to the store. */
export async function readStoreId(connection: PostgresConnection): Promise<string> {
  const { rows } = await connection.run((session) =>
    session.query(`SELECT id FROM ${connection.schema}.store_identity`),
  );
  if (rows.length === 0)
    throw new Error('its row that names the store was removed; restore it from a backup');
  return rows[0].id;
}
