import { readdirSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { LOGS_SCHEMA } from '../adapters/log-files/former/former-schema.ts';
import { ALERTS_SCHEMA } from '../adapters/sqlite/alert-store/schema.ts';
import type { FileSchema } from '../adapters/sqlite/file-schema.ts';
import { DAY_SCHEMA, HOT_SCHEMA, MAIN_SCHEMA } from '../adapters/sqlite/market-store/files/schemas.ts';
import { USERS_SCHEMA } from '../adapters/sqlite/user-store/schema.ts';

/** A kind of file that a data folder keeps. */
export interface FileKind {
  readonly name:
    | 'accounts'
    | 'alerts'
    | 'keys'
    | 'instruments'
    | 'logs'
    | 'log-lines'
    | 'figures'
    | 'quotes'
    | 'sealed';
  /** What is in it, for an operator to read. */
  readonly holds: string;
  /** Its path inside the data folder, with slashes; a dataset is a folder. */
  readonly pattern: RegExp;
  /** Of a SQLite database, which others may be writing to; null: a file that is replaced as one. */
  readonly schema: FileSchema | null;
}

/**
 * Every kind, in the order in which they are copied: figures before the quotes that they are of, because a snapshot
 * without figures is given them at the next start, and figures without their snapshot are damage; sealed days last,
 * because quotes move to them.
 */
export const FILE_KINDS: readonly FileKind[] = [
  { name: 'accounts', holds: 'accounts', pattern: /^users\.db$/, schema: USERS_SCHEMA },
  { name: 'alerts', holds: 'rules of alerts and what fired', pattern: /^alerts\.db$/, schema: ALERTS_SCHEMA },
  {
    name: 'keys',
    holds: 'keys of access tokens, and of the targets of alerts',
    pattern: /^(auth|alerts)-key\.json$/,
    schema: null,
  },
  {
    name: 'instruments',
    holds: 'lists of instruments',
    pattern: /^instruments\/[A-Za-z0-9][A-Za-z0-9._@-]*\.json$/,
    schema: null,
  },
  { name: 'logs', holds: 'logs of an earlier release', pattern: /^logs\.db$/, schema: LOGS_SCHEMA },
  // The current lines first: some that move to a segment meanwhile are then in both, which their ids tell.
  {
    name: 'log-lines',
    holds: 'logs',
    pattern: /^logs\/(alerts\.json|current\.ndjson|imported\.json|segment-\d{8}-\d{15}\.ndjson\.zst)$/,
    schema: null,
  },
  {
    name: 'figures',
    holds: 'figures, ticks and bars',
    pattern: /^[a-z0-9][a-z0-9-]*\/main\.db$/,
    schema: MAIN_SCHEMA,
  },
  {
    name: 'quotes',
    holds: 'quotes of a day',
    pattern: /^[a-z0-9][a-z0-9-]*\/hot-\d{8}\.db$/,
    schema: HOT_SCHEMA,
  },
  {
    name: 'sealed',
    holds: 'quotes of a sealed day',
    pattern: /^[a-z0-9][a-z0-9-]*\/day-\d{8}\.db$/,
    schema: DAY_SCHEMA,
  },
];

/** Paths inside a data folder of the files of a kind, ascending; none where the folder is missing. Links are followed. */
export const filesOfKind = (folder: string, { pattern }: FileKind): string[] =>
  entriesOf(folder)
    .flatMap(({ path, target }) => (target?.isFile() && pattern.test(path) ? [path] : []))
    .sort();

/** Paths of links to what is not there, such as a disk that is not mounted, under names that data can have. */
export const brokenLinks = (folder: string): string[] =>
  entriesOf(folder).flatMap(({ path, target }) =>
    target === undefined &&
    [/^[a-z0-9][a-z0-9-]*$/, ...FILE_KINDS.map(({ pattern }) => pattern)].some((name) => name.test(path))
      ? [path]
      : [],
  );

interface Entry {
  readonly path: string;
  /** What is there, of a link what it leads to; undefined where that is missing. */
  readonly target: Pick<Stats, 'isFile' | 'isDirectory'> | undefined;
}

/** What is in the folder itself and in the folders in it. */
function entriesOf(folder: string): Entry[] {
  return listed(folder).flatMap((entry) =>
    entry.target?.isDirectory()
      ? listed(join(folder, entry.path)).map(({ path, target }) => ({
          path: `${entry.path}/${path}`,
          target,
        }))
      : [entry],
  );
}

function listed(folder: string): Entry[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      path: entry.name,
      target: entry.isSymbolicLink() ? targetOf(join(folder, entry.name)) : entry,
    }));
  } catch (error) {
    // Removed meanwhile, or never there.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function targetOf(link: string): Stats | undefined {
  try {
    return statSync(link);
  } catch {
    // Nothing is there, or it is out of reach.
    return undefined;
  }
}

/** Bytes of a file of a data folder, its write-ahead log included; one that went away counts 0. */
export const bytesOf = (file: string): number =>
  ['', '-wal'].reduce(
    (sum, suffix) => sum + (statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
