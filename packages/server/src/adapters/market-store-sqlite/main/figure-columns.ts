import type { DatabaseSync } from 'node:sqlite';
import { HISTORY_FIGURES } from '@deltastream/contracts/figures';
import { rowChecksum } from './row-checksum.ts';

/** Columns of `summary` that are not figures. */
const OTHERS: ReadonlySet<string> = new Set(['chain', 'ts', 'quotes', 'crc']);

function figuresIn(database: DatabaseSync): ReadonlySet<string> {
  const columns = database.prepare("SELECT name FROM pragma_table_info('summary')").all();
  return new Set(columns.map(({ name }) => String(name)).filter((name) => !OTHERS.has(name)));
}

/**
 * Gives `summary` a column for each figure of this release that it has none for; NULL in the rows that are there.
 * Columns of figures that this release does not know stay.
 */
export function addFigureColumns(database: DatabaseSync): void {
  const held = figuresIn(database);
  for (const name of HISTORY_FIGURES) {
    if (!held.has(name)) database.exec(`ALTER TABLE summary ADD COLUMN ${name} REAL`);
  }
}

export interface FigureColumns {
  /** Selects the figures of this release, in their order; NULL for one that the file has no column for. */
  readonly sql: string;
  /** Columns of figures that only a newer release knows: checksums count them. */
  readonly unknown: readonly string[];
}

export function figureColumns(database: DatabaseSync): FigureColumns {
  const held = figuresIn(database);
  return {
    sql: HISTORY_FIGURES.map((name) => (held.has(name) ? name : `NULL AS ${name}`)).join(', '),
    unknown: [...held].filter((name) => !(HISTORY_FIGURES as readonly string[]).includes(name)),
  };
}

interface SummaryKey {
  readonly chain: number;
  readonly ts: number;
  readonly quotes: number;
}

/**
 * Makes the function that computes the checksum of a summary whose figures have these names. It counts figures that
 * are not null alone, by name, so that a row keeps its checksum when columns are added to it.
 */
export function createSummaryChecksum(
  names: readonly string[],
): (key: SummaryKey, figures: readonly (number | null)[]) => number {
  const inOrder = names.map((name, i) => ({ text: `${name} `, i }));
  inOrder.sort((a, b) => (a.text < b.text ? -1 : 1));
  // Rows mostly have the figures of the one before, so that their names are joined once.
  const had: boolean[] = inOrder.map(() => false);
  let given = '';
  return ({ chain, ts, quotes }, figures) => {
    const numbers: (number | null)[] = [chain, ts, quotes];
    let same = true;
    for (let place = 0; place < inOrder.length; place++) {
      const figure = figures[inOrder[place].i];
      const has = figure !== null;
      if (has) numbers.push(figure);
      same = same && had[place] === has;
      had[place] = has;
    }
    if (!same) given = inOrder.map(({ text }, place) => (had[place] ? text : '')).join('');
    return rowChecksum(given, numbers);
  };
}
