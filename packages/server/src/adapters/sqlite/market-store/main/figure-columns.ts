import type { DatabaseSync } from 'node:sqlite';
import { HISTORY_FIGURES } from '@deltastream/contracts/figures';
import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts/product-figures';
import { rowChecksum } from './row-checksum.ts';

/** A table that has a column for each figure of a catalogue. */
export interface FigureTable {
  readonly name: string;
  /** The figures of this release, in the order in which rows hold them. */
  readonly figures: readonly string[];
  /** Columns that are not figures. */
  readonly others: ReadonlySet<string>;
}

export const SUMMARY_TABLE: FigureTable = {
  name: 'summary',
  figures: HISTORY_FIGURES,
  others: new Set(['chain', 'ts', 'quotes', 'crc']),
};
export const PRODUCT_FIGURES_TABLE: FigureTable = {
  name: 'product_figures',
  figures: PRODUCT_FIGURE_NAMES,
  others: new Set(['product', 'ts', 'as_of', 'progress', 'crc']),
};

function figuresIn(database: DatabaseSync, { name, others }: FigureTable): ReadonlySet<string> {
  const columns = database.prepare(`SELECT name FROM pragma_table_info('${name}')`).all();
  return new Set(columns.map((column) => String(column.name)).filter((each) => !others.has(each)));
}

/**
 * Gives each table of figures a column for each figure of this release that it has none for; NULL in the rows that are
 * there. Columns of figures that this release does not know stay.
 */
export function addFigureColumns(database: DatabaseSync): void {
  for (const table of [SUMMARY_TABLE, PRODUCT_FIGURES_TABLE]) {
    const held = figuresIn(database, table);
    for (const figure of table.figures) {
      if (!held.has(figure)) database.exec(`ALTER TABLE ${table.name} ADD COLUMN ${figure} REAL`);
    }
  }
}

export interface FigureColumns {
  /** Selects the figures of this release, in their order; NULL for one that the file has no column for. */
  readonly sql: string;
  /** Columns of figures that only a newer release knows: checksums count them. */
  readonly unknown: readonly string[];
}

export function figureColumns(database: DatabaseSync, table: FigureTable): FigureColumns {
  const held = figuresIn(database, table);
  return {
    sql: table.figures.map((name) => (held.has(name) ? name : `NULL AS ${name}`)).join(', '),
    unknown: [...held].filter((name) => !table.figures.includes(name)),
  };
}

/**
 * Makes the function that computes the checksum of a row whose figures have these names. It counts figures that are not
 * null alone, by name, so that a row keeps its checksum when columns are added to it.
 *
 * @param text what the key of the row says beside numbers
 */
export function createFigureChecksum(
  names: readonly string[],
): (text: string, numbers: readonly (number | null)[], figures: readonly (number | null)[]) => number {
  const inOrder = names.map((name, i) => ({ text: `${name} `, i }));
  inOrder.sort((a, b) => (a.text < b.text ? -1 : 1));
  // Rows mostly have the figures of the one before, so that their names are joined once.
  const had: boolean[] = inOrder.map(() => false);
  let given = '';
  return (text, key, figures) => {
    const numbers = [...key];
    let same = true;
    for (let place = 0; place < inOrder.length; place++) {
      const figure = figures[inOrder[place].i];
      const has = figure !== null;
      if (has) numbers.push(figure);
      same = same && had[place] === has;
      had[place] = has;
    }
    if (!same) given = inOrder.map((figure, place) => (had[place] ? figure.text : '')).join('');
    return rowChecksum(text + given, numbers);
  };
}
