import { readdirSync } from 'node:fs';

import type { DatabaseSync } from 'node:sqlite';
import { reasonOf } from '../../../../kit/errors.ts';
import { dayOfHotFile, hotFile, mainFile } from './files.ts';
import { MAIN_SCHEMA } from './schemas.ts';
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
 * a file that cannot be read is named with what was in it, as far as main.db knows. A writer may be at work meanwhile.
 */
export function compareMarketFiles(folder: string, busyTimeoutMs: number): string[] {
  let main: DatabaseSync | undefined;
  try {
    main = openStoreFileToRead(mainFile(folder), MAIN_SCHEMA, busyTimeoutMs)?.database;
    if (main === undefined) return [];
    return [...differingTotals(main), ...differingSpans(main), ...differingDays(folder, main)];
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

function differingSpans(main: DatabaseSync): string[] {
  const rows = main
    .prepare(
      `SELECT product, expiry, first_ts, last_ts, min(ts) AS first, max(ts) AS last FROM chain JOIN summary ON chain = id
       GROUP BY id HAVING first_ts <> min(ts) OR last_ts <> max(ts)`,
    )
    .all() as Record<string, string | number>[];
  return rows.map(
    ({ product, expiry, first_ts, last_ts, first, last }) =>
      `main.db: ${product} ${expiry} is said to be stored ${span(first_ts, last_ts)}, and is ${span(first, last)}`,
  );
}

function differingDays(folder: string, main: DatabaseSync): string[] {
  const names = readdirSync(folder);
  const lines: string[] = [];
  for (const name of names.filter((each) => dayOfHotFile(each) !== null).sort()) {
    const day = dayOfHotFile(name) as number;
    const digits = name.slice('hot-'.length, -'.db'.length);
    // Quotes of the day are in files of another kind, too.
    const isPart = names.some((other) => other.includes(digits) && !other.startsWith('hot-'));
    const chains = chainsOf(main, day);
    try {
      lines.push(...differingDay(main, folder, day, chains, isPart).map((line) => `${name}: ${line}`));
    } catch (error) {
      const held = chains.map(heldOf);
      const what = held.length === 0 ? 'nothing that main.db knows' : held.join('; ');
      lines.push(`${name}: ${reasonOf(error)}; it held ${what}`);
    }
  }
  return lines;
}

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

function differingDay(
  main: DatabaseSync,
  folder: string,
  day: number,
  chains: readonly DayOfChain[],
  isPart: boolean,
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
    for (const { id, product, expiry } of isPart ? [] : chains) {
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
