import { EXPORTED_TABLES, type ExportedType } from '@deltastream/contracts';
import {
  columnFromArray,
  dateDay,
  dictionary,
  float64,
  int32,
  TimeUnit,
  tableFromColumns,
  tableToIPC,
  timestamp,
  utf8,
} from '@uwdata/flechette';
import { describe, expect, it } from 'vitest';
import { type Cells, partOf } from '../column-table.ts';
import { createArrowWriter } from './arrow-table.ts';

const ROWS = 301;
const TYPES = {
  instant: () => timestamp(TimeUnit.MILLISECOND, 'UTC'),
  date: dateDay,
  text: () => dictionary(utf8()),
  number: float64,
  integer: int32,
} as const;
const CELLS: Readonly<Record<ExportedType, (row: number) => number>> = {
  instant: (row) => 1.7e12 + 60_000 * (row % 37),
  date: (row) => 86_400_000 * (19_000 + (row % 3)),
  text: (row) => 2 - ((row * row) % 3),
  number: (row) => (row % 11 === 0 ? -0 : Math.sin(row)),
  integer: (row) => (row % 50) - 20,
};
const WORDS = ['call', 'put', 'ä', 'not used'];

/** What the library makes of the cells as values. */
function byLibrary(cells: readonly Cells[]): Uint8Array {
  const named = EXPORTED_TABLES.chains.map(({ name, type }, i) => {
    const column = cells[i];
    const values =
      column instanceof Float64Array
        ? Array.from(column, (cell) => (Number.isNaN(cell) ? null : cell))
        : Array.from(column.codes, (code) => column.words[code] ?? null);
    return [name, columnFromArray(values, TYPES[type]())] as const;
  });
  const table = tableFromColumns(named as unknown as Parameters<typeof tableFromColumns>[0]);
  return tableToIPC(table, { format: 'stream' }) as Uint8Array;
}

describe('a batch of Arrow', () => {
  it.each([
    ['all there', () => true],
    ['some missing', (row: number) => row % 7 !== 0],
    ['all missing', () => false],
  ] as const)('has the bytes that the library gives it: %s', (_, isThere) => {
    const cells = EXPORTED_TABLES.chains.map(({ type }): Cells => {
      const given = Float64Array.from({ length: ROWS }, (_, row) =>
        isThere(row) ? CELLS[type](row) : Number.NaN,
      );
      if (type !== 'text') return given;
      return { codes: Int32Array.from(given, (cell) => (Number.isNaN(cell) ? -1 : cell)), words: WORDS };
    });
    const writer = createArrowWriter('chains');
    const part = partOf({ rows: ROWS, cells });
    const pieces = [...writer.write(part, { rows: ROWS, isFirst: true }), ...writer.finish()];
    expect(Buffer.concat(pieces).equals(byLibrary(cells))).toBe(true);
  });
});
