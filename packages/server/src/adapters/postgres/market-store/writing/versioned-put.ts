import { DeltaStreamError } from '../../../../kit/errors.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import { instant } from '../../database/instants.ts';
import { dayOf } from '../partitions.ts';
import type { Versioned, VersionedTable } from '../rows.ts';

/** A row that is stored now, and what it found at its key. */
export interface Accepted<Row, Held> {
  readonly row: Row;
  readonly held: Held | null;
  /** Null for an equal version, whose row was counted when it was first taken. */
  readonly outcome: 'new' | 'replaced' | 'same' | null;
}

/** How rows are compared with what is stored at their keys. */
export interface Meeting<Row, Held extends Versioned> {
  /** Columns of the table that `heldOf` reads. */
  readonly read: string;
  heldOf(record: Record<string, unknown>): Held;
  /** True for the same row again, as redelivery brings it. */
  isSame(row: Row, held: Held): boolean;
  /** True when two rows say the same, apart from their versions. */
  saySame(row: Row, held: Held): boolean;
  /** Told of every row that found another at its key. */
  onMet?(row: Row, held: Held): void;
}

/** Partitions that are looked through at a time; keys further apart are looked for separately. */
const MAX_DAYS = 32;

/**
 * Puts rows of different keys by the rule of versions; resolves with those that are stored now. Most are new, so all
 * are inserted at once and the key decides. Those whose key is taken are compared with the row that is there, which
 * stays locked, and replace it where they win. Rejects with `Collision` where another writer was in between.
 */
export async function putVersioned<Row extends Versioned, Held extends Versioned>(
  session: Session,
  schema: string,
  table: VersionedTable<Row>,
  rows: readonly Row[],
  meeting: Meeting<Row, Held>,
): Promise<Accepted<Row, Held>[]> {
  if (rows.length === 0) return [];
  const inserted = await insert(session, schema, table, rows);
  const added = (row: Row): Accepted<Row, Held> => ({ row, held: null, outcome: 'new' });
  if (inserted.size === rows.length) return rows.map(added);
  const accepted = rows.filter((row) => inserted.has(table.keyOf(row))).map(added);
  const taken = rows.filter((row) => !inserted.has(table.keyOf(row)));
  const found = await lockAtKeys(session, schema, table, taken, meeting);
  const replacing: Accepted<Row, Held>[] = [];
  for (const row of taken) {
    const held = found.get(table.keyOf(row));
    if (held === undefined) throw new Collision(`${table.name} ${table.keyOf(row)} was removed meanwhile`);
    meeting.onMet?.(row, held);
    const order = compareVersions(row, held);
    if (order < 0 || (order === 0 && meeting.isSame(row, held))) continue;
    const outcome = meeting.saySame(row, held) ? 'same' : 'replaced';
    replacing.push({ row, held, outcome: order === 0 ? null : outcome });
  }
  if (replacing.length === 0) return accepted;
  // Not an update: a column of a figure that only a newer release knows would keep what the other row said.
  const again = replacing.map(({ row }) => row);
  for (const group of groupsOfDays(again)) {
    await session.query(
      `DELETE FROM ${schema}.${table.name} t USING ${keysOf(table)} AND t.ts BETWEEN $1 AND $2`,
      [...keyParameters(table, group)],
    );
  }
  const replaced = await insert(session, schema, table, again);
  if (replaced.size < again.length) throw new Collision(`${table.name}: another writer put the same keys`);
  return [...accepted, ...replacing];
}

/** Another writer was in between; the transaction is to be run again. */
export class Collision extends DeltaStreamError {
  constructor(message: string) {
    super('store_failed', message);
  }
}

/** Inserts those whose key is free; resolves with their keys. */
async function insert<Row extends Versioned>(
  session: Session,
  schema: string,
  { name, columns, keys, keyOf }: VersionedTable<Row>,
  rows: readonly Row[],
): Promise<ReadonlySet<string>> {
  const names = columns.map(([column]) => `"${column}"`);
  const arrays = columns.map(([, type], i) => `$${i + 1}::${type}[]`);
  const { rows: returned } = await session.query<Record<string, unknown>>({
    name: `insert ${name}`,
    text: `INSERT INTO ${schema}.${name} (${names.join(', ')})
           SELECT * FROM unnest(${arrays.join(', ')})
           ON CONFLICT DO NOTHING RETURNING ${names.slice(0, keys).join(', ')}`,
    values: columns.map(([, type, of]) => binaryArray(type, rows.map(of))),
  });
  if (returned.length === rows.length) return new Set(rows.map(keyOf));
  return new Set(returned.map(({ ts, ...key }) => keyOf({ ...key, timestamp: ts } as unknown as Row)));
}

async function lockAtKeys<Row extends Versioned, Held extends Versioned>(
  session: Session,
  schema: string,
  table: VersionedTable<Row>,
  rows: readonly Row[],
  { read, heldOf }: Meeting<Row, Held>,
): Promise<Map<string, Held>> {
  const found = new Map<string, Held>();
  for (const group of groupsOfDays(rows)) {
    const names = table.columns.slice(0, table.keys).map(([name]) => `t.${name}`);
    const result = await session.query(
      `SELECT ${names.join(', ')}, ${read} FROM ${schema}.${table.name} t, ${keysOf(table)}
       AND t.ts BETWEEN $1 AND $2 ORDER BY ${names.join(', ')} FOR UPDATE OF t`,
      [...keyParameters(table, group)],
    );
    for (const record of result.rows) {
      const { ts, ...key } = record;
      found.set(table.keyOf({ ...key, timestamp: ts } as unknown as Row), heldOf(record));
    }
  }
  return found;
}

/** The keys of rows as a relation, and the condition that a row `t` is at one of them. */
function keysOf<Row extends Versioned>({ columns, keys }: VersionedTable<Row>): string {
  const names = columns.slice(0, keys);
  const arrays = names.map(([, type], i) => `$${i + 3}::${type}[]`).join(', ');
  const equal = names.map(([name]) => `t.${name} = k.${name}`).join(' AND ');
  return `unnest(${arrays}) AS k (${names.map(([name]) => name).join(', ')}) WHERE ${equal}`;
}

function* keyParameters<Row extends Versioned>(
  { columns, keys }: VersionedTable<Row>,
  rows: readonly Row[],
): Iterable<unknown> {
  const times = rows.map(({ timestamp }) => timestamp);
  yield instant(times.reduce((a, b) => Math.min(a, b)));
  yield instant(times.reduce((a, b) => Math.max(a, b)));
  for (const [, type, of] of columns.slice(0, keys)) yield binaryArray(type, rows.map(of));
}

/** Rows whose days lie together, so that the statement of each looks at few partitions. */
function groupsOfDays<Row extends Versioned>(rows: readonly Row[]): Row[][] {
  const groups: Row[][] = [];
  let first = Number.NEGATIVE_INFINITY;
  for (const row of rows.toSorted((a, b) => a.timestamp - b.timestamp)) {
    if (dayOf(row.timestamp) - first < MAX_DAYS) {
      groups[groups.length - 1].push(row);
    } else {
      first = dayOf(row.timestamp);
      groups.push([row]);
    }
  }
  return groups;
}
