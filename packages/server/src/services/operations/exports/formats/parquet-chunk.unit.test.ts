import { constants, zstdCompressSync } from 'node:zlib';
import type { ExportedColumn, ExportedType } from '@deltastream/contracts';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import type { Cells } from '../column-table.ts';
import { elementOf, writeColumnChunk } from './parquet-chunk.ts';

const DAY_MS = 86_400_000;
const ROWS = 300;
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

const columnOf = (type: ExportedType, isKey: boolean, isGiven: boolean): ExportedColumn => ({
  name: 'x',
  type,
  isKey,
  isGiven,
});

const CELLS: Readonly<Record<ExportedType, (row: number) => number>> = {
  instant: (row) => 1.7e12 + 60_000 * (row % 37),
  date: (row) => 19_000 * DAY_MS + DAY_MS * Math.floor(row / 100),
  text: (row) => (row * row) % 3,
  number: (row) => (row % 11 === 0 ? -0 : Math.sin(row) * 10 ** (row % 5)),
  integer: (row) => (row % 50) - 20,
};
const WORDS = ['call', 'put', 'ä', 'not used'];

function cellsOf(type: ExportedType, isThere: (row: number) => boolean): Cells {
  const cells = Float64Array.from({ length: ROWS }, (_, row) =>
    isThere(row) ? CELLS[type](row) : Number.NaN,
  );
  if (type !== 'text') return cells;
  return { codes: Int32Array.from(cells, (cell) => (Number.isNaN(cell) ? -1 : cell)), words: WORDS };
}

/** What the library makes of the cells as values. */
function byLibrary(column: ExportedColumn, cells: Cells) {
  const { name, type, isKey } = column;
  const values =
    cells instanceof Float64Array
      ? Array.from(cells, (cell) => (Number.isNaN(cell) ? null : type === 'date' ? cell / DAY_MS : cell))
      : Array.from(cells.codes, (code) => cells.words[code] ?? null);
  const isNumber = type === 'number' || type === 'integer';
  const isNothing = values.every((value) => value === null);
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'export', num_children: 1 }, elementOf(column)],
    codec: 'ZSTD',
    compressors: { ZSTD: (input) => zstdCompressSync(input, level) },
  });
  file.write({
    columnData: [
      {
        name,
        data: values,
        encoding: isNumber || isNothing ? 'PLAIN' : 'RLE_DICTIONARY',
        codec: isNumber && !isNothing ? 'ZSTD' : 'UNCOMPRESSED',
        statistics: isKey,
      },
    ],
    rowGroupSize: ROWS,
    pageSize: 0,
  });
  return { bytes: writer.getBytes(), chunk: file.row_groups[0].columns[0] };
}

function own(column: ExportedColumn, cells: Cells) {
  const writer = new ByteWriter();
  // A file's first bytes.
  writer.appendUint32(0x31524150);
  const chunk = writeColumnChunk(writer, column, cells);
  return { bytes: writer.getBytes(), chunk };
}

describe('a column of a row group', () => {
  it.each([
    ['all there', () => true],
    ['some missing', (row: number) => row % 7 !== 0],
    ['all missing', () => false],
  ] as const)('has the bytes and the description that the library gives it: %s', (_, isThere) => {
    for (const type of Object.keys(CELLS) as ExportedType[]) {
      const column = columnOf(type, isThere(0), false);
      const cells = cellsOf(type, isThere);
      expect({ type, ...own(column, cells) }).toEqual({ type, ...byLibrary(column, cells) });
      if (!isThere(0)) continue;
      const required = columnOf(type, true, true);
      expect({ type, ...own(required, cells) }).toEqual({ type, ...byLibrary(required, cells) });
    }
  });

  it('is refused where a cell is missing that must not be, or is not what its type says', () => {
    expect(() => own(columnOf('number', false, true), Float64Array.of(1, Number.NaN))).toThrow(
      /x is missing/,
    );
    expect(() => own(columnOf('integer', false, false), Float64Array.of(1, 0.5))).toThrow(
      /0\.5 is not an integer/,
    );
  });
});
