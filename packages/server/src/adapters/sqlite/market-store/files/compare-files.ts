import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createSegmentCodec } from '@deltastream/contracts/codec';
import { reasonOf } from '../../../../kit/errors.ts';
import { dayFile, dayOfDayFile, dayOfHotFile, hotFile, inodeOf, mainFile } from './files.ts';
import { DAY_SCHEMA, HOT_SCHEMA, MAIN_SCHEMA } from './schemas.ts';
import { openStoreFileToRead } from './store-file.ts';

const DAY_MS = 86_400_000;

/** What main.db has of a chain on one UTC day. */
interface DayOfChain {
  readonly id: number;
  readonly product: string;
  readonly expiry: string;
  readonly snapshots: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Whether the files of a folder of the store say the same: a snapshot for all figures and figures for all snapshots, the
 * times between which a chain is stored, and how much is stored in total. Returns a line for everything that differs;
 * a file that is missing or cannot be read is named with what was in it, as far as main.db knows. A writer may be at work
 * meanwhile. `isBackup`: days older than all that are there may have been removed by retention while it was made.
 */
export function compareMarketFiles(folder: string, busyTimeoutMs: number, isBackup = false): string[] {
  let main: DatabaseSync | undefined;
  try {
    const opened = openStoreFileToRead(mainFile(folder), MAIN_SCHEMA, busyTimeoutMs);
    main = opened?.database;
    if (opened === null || main === undefined) return [];
    return [
      ...differingTotals(main),
      ...differingSpans(main, opened.version),
      ...differingDays(folder, main, busyTimeoutMs, isBackup),
    ];
  } catch (error) {
    return [`main.db cannot be compared with the quotes: ${reasonOf(error)}`];
  } finally {
    main?.close();
  }
}

function differingTotals(main: DatabaseSync): string[] {
  // In one statement, and so at one moment.
  const row = main
    .prepare(
      `SELECT snapshots, quotes, bars, (SELECT count(*) FROM summary) AS found_snapshots,
       (SELECT coalesce(sum(quotes), 0) FROM summary) AS found_quotes, (SELECT count(*) FROM bar) AS found_bars FROM total`,
    )
    .get() as Record<string, number> | undefined;
  if (row === undefined) return ['main.db: how much is stored is missing'];
  return ['snapshots', 'quotes', 'bars']
    .filter((kind) => row[kind] !== row[`found_${kind}`])
    .map((kind) => `main.db: ${row[kind]} ${kind} are counted, and ${row[`found_${kind}`]} are there`);
}

/**
 * @param version the schema version of the file: since 4 a chain begins before its first figures, or ends after its last
 *   ones, where those were removed
 */
function differingSpans(main: DatabaseSync, version: number): string[] {
  const isRemoved = (time: 'first_ts' | 'last_ts') =>
    version < 4
      ? 'false'
      : `EXISTS (SELECT 1 FROM rollup_series WHERE series = product || ' ' || expiry AND raw_from > ${time})`;
  const rows = main
    .prepare(
      `SELECT product, expiry, first_ts, last_ts, min(ts) AS first, max(ts) AS last FROM chain JOIN summary ON chain = id
       GROUP BY id HAVING (first_ts <> min(ts) AND NOT ${isRemoved('first_ts')})
       OR (last_ts <> max(ts) AND NOT ${isRemoved('last_ts')})`,
    )
    .all() as Record<string, string | number>[];
  return rows.map(
    ({ product, expiry, first_ts, last_ts, first, last }) =>
      `main.db: ${product} ${expiry} is said to be stored ${span(first_ts, last_ts)}, and is ${span(first, last)}`,
  );
}

function differingDays(
  folder: string,
  main: DatabaseSync,
  busyTimeoutMs: number,
  isBackup: boolean,
): string[] {
  const names = readdirSync(folder);
  const there = [...names.map(dayOfHotFile), ...names.map(dayOfDayFile)].filter((day) => day !== null);
  const oldest = Math.min(...there);
  const known = (main.prepare('SELECT day FROM hot').all() as { day: number }[])
    .map(({ day }) => day)
    .filter((day) => !isBackup || day > oldest);
  const isKept = main.prepare('SELECT 1 FROM hot WHERE day = ?');
  const lines: string[] = [];
  for (const day of [...new Set([...there, ...known])].sort((a, b) => a - b)) {
    const chains = chainsOf(main, day);
    const [hot, sealed] = [hotFile(folder, day), dayFile(folder, day)];
    const isHot = inodeOf(hot) !== undefined;
    const isSealed = inodeOf(sealed) !== undefined;
    const compared = (file: string, compare: () => string[]) => {
      try {
        return compare().map((line) => `${basename(file)}: ${line}`);
      } catch (error) {
        return [`${basename(file)}: ${reasonOf(error)}; it held ${allOf(chains)}`];
      }
    };
    if (isHot) lines.push(...compared(hot, () => differingHotDay(main, folder, day, isSealed ? [] : chains)));
    if (isSealed) {
      lines.push(...compared(sealed, () => differingSealedDay(hot, sealed, chains, busyTimeoutMs)));
    }
    if (!isHot && !isSealed && chains.length > 0 && isKept.get(day) !== undefined) {
      lines.push(
        `${basename(hot)}: it is missing, and so is ${basename(sealed)}: restore it from a backup, or import its ` +
          `recordings again; it held ${allOf(chains)}`,
      );
    }
  }
  return lines;
}

const allOf = (chains: readonly DayOfChain[]): string =>
  chains.length === 0 ? 'nothing that main.db knows' : chains.map(heldOf).join('; ');

const heldOf = ({ product, expiry, snapshots, from, to }: DayOfChain): string =>
  `${snapshots} snapshots of ${product} ${expiry} ${span(from, to)}`;

function chainsOf(main: DatabaseSync, day: number): DayOfChain[] {
  return main
    .prepare(
      `SELECT id, product, expiry, count(*) AS snapshots, min(ts) AS "from", max(ts) AS "to" FROM chain JOIN summary
       ON chain = id AND ts >= ? AND ts < ? GROUP BY id ORDER BY product, expiry`,
    )
    .all(day * DAY_MS, (day + 1) * DAY_MS) as unknown as DayOfChain[];
}

/** @param chains whose snapshots are all in the hot file: none where the day is sealed, too */
function differingHotDay(
  main: DatabaseSync,
  folder: string,
  day: number,
  chains: readonly DayOfChain[],
): string[] {
  const lastId = Number(main.prepare('SELECT last_id FROM hot WHERE day = ?').get(day)?.last_id ?? 0);
  main.prepare('ATTACH ? AS day').run(hotFile(folder, day));
  try {
    const written = Number(main.prepare('SELECT max(id) AS id FROM day.snap').get()?.id ?? 0);
    const lines: string[] = [];
    if (written < lastId) {
      lines.push(
        `it ends before what main.db knows of it: its write-ahead log is missing, or it is an older copy`,
      );
    }
    const idIn = main.prepare('SELECT id FROM day.chain WHERE product = ? AND expiry = ?');
    const withoutSnapshot = main.prepare(
      `SELECT count(*) AS count, min(ts) AS first, max(ts) AS last FROM main.summary WHERE chain = ? AND ts >= ? AND ts < ?
       AND NOT EXISTS (SELECT 1 FROM day.snap WHERE snap.ts = summary.ts AND snap.chain = ?)`,
    );
    for (const { id, product, expiry } of chains) {
      const inDay = Number(idIn.get(product, expiry)?.id ?? 0);
      const missing = withoutSnapshot.get(id, day * DAY_MS, (day + 1) * DAY_MS, inDay) as unknown as Missing;
      if (missing.count === 0) continue;
      lines.push(
        `${missing.count} snapshots of ${product} ${expiry} ${span(missing.first, missing.last)} are missing, of which there are figures`,
      );
    }
    const withoutFigures = main
      .prepare(
        `SELECT product, expiry, count(*) AS count, min(ts) AS first, max(ts) AS last FROM day.snap JOIN day.chain AS named
         ON named.id = snap.chain WHERE snap.id <= ? AND NOT EXISTS (SELECT 1 FROM main.summary WHERE summary.ts = snap.ts
         AND summary.chain = (SELECT id FROM main.chain WHERE product = named.product AND expiry = named.expiry))
         GROUP BY snap.chain ORDER BY product, expiry`,
      )
      .all(lastId) as unknown as (Missing & { product: string; expiry: string })[];
    for (const { product, expiry, count, first, last } of withoutFigures) {
      lines.push(
        `${count} snapshots of ${product} ${expiry} ${span(first, last)} have no figures in main.db`,
      );
    }
    const elsewhere = Number(
      main
        .prepare('SELECT count(*) AS count FROM day.snap WHERE ts < ? OR ts >= ?')
        .get(day * DAY_MS, (day + 1) * DAY_MS)?.count,
    );
    if (elsewhere > 0) lines.push(`${elsewhere} snapshots are of another day`);
    return lines;
  } finally {
    main.exec('DETACH day');
  }
}

/** A snapshot that is sealed and hot counts once. */
function differingSealedDay(
  hotPath: string,
  sealedPath: string,
  chains: readonly DayOfChain[],
  busyTimeoutMs: number,
): string[] {
  const nameOf = ({ product, expiry }: { product: string; expiry: string }) => `${product} ${expiry}`;
  // The hot file first: it goes only after what takes its place is there.
  const late = new Map<string, Set<number>>();
  const hot = openStoreFileToRead(hotPath, HOT_SCHEMA, busyTimeoutMs)?.database;
  try {
    const rows = (hot
      ?.prepare('SELECT product, expiry, ts FROM snap JOIN chain ON chain.id = snap.chain')
      .iterate() ?? []) as unknown as Iterable<{ product: string; expiry: string; ts: number }>;
    for (const row of rows) late.set(nameOf(row), (late.get(nameOf(row)) ?? new Set()).add(row.ts));
  } finally {
    hot?.close();
  }
  const inSegments = new Map<string, number>();
  const sealed = openStoreFileToRead(sealedPath, DAY_SCHEMA, busyTimeoutMs)?.database;
  try {
    const codec = createSegmentCodec();
    const segments = (sealed
      ?.prepare('SELECT product, expiry, snapshots, data FROM seg JOIN chain ON chain.id = seg.chain')
      .iterate() ?? []) as unknown as Iterable<{
      product: string;
      expiry: string;
      snapshots: number;
      data: Uint8Array;
    }>;
    for (const { snapshots, data, ...chain } of segments) {
      const name = nameOf(chain);
      inSegments.set(name, (inSegments.get(name) ?? 0) + snapshots);
      const times = late.get(name);
      if (times !== undefined) for (const ts of codec.open(data).timestamps) times.delete(ts);
    }
  } finally {
    sealed?.close();
  }
  const known = new Map(chains.map((chain) => [nameOf(chain), chain.snapshots]));
  return [...new Set([...known.keys(), ...inSegments.keys()])].flatMap((name) => {
    const figures = known.get(name) ?? 0;
    const held = inSegments.get(name) ?? 0;
    if (held > figures) return [`${held - figures} snapshots of ${name} have no figures in main.db`];
    const missing = figures - held - (late.get(name)?.size ?? 0);
    return missing > 0 ? [`${missing} snapshots of ${name} are missing, of which there are figures`] : [];
  });
}

interface Missing {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

function span(from: string | number, to: string | number): string {
  return `from ${time(from)} to ${time(to)}`;
}

/** A time that may be damaged, too. */
function time(epochMs: string | number): string {
  const date = new Date(Number(epochMs));
  return Number.isNaN(date.getTime()) ? String(epochMs) : date.toISOString();
}
