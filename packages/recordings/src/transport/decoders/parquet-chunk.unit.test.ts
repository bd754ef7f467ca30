import { type FileMetaData, parquetMetadata, parquetRead, parquetSchema } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { chunkCells } from './parquet-chunk.ts';

const ROWS = 500;
const FIRST_MS = Date.UTC(2026, 7, 19);
const isThere = { all: () => true, some: (row: number) => row % 7 !== 0, none: () => false };

const numbers = (row: number) => Math.sin(row) * 10 ** (row % 5);
const COLUMNS: Readonly<Record<string, { type: ColumnSource['type']; cell: (row: number) => unknown }>> = {
  number: { type: 'DOUBLE', cell: numbers },
  integer: { type: 'INT32', cell: (row) => (row % 50) - 20 },
  instant: { type: 'TIMESTAMP', cell: (row) => new Date(FIRST_MS + 60_000 * (row % 37)) },
  text: { type: 'STRING', cell: (row) => ['call', 'put', 'ä'][(row * row) % 3] },
};

function fileOf(
  name: string,
  given: Partial<ColumnSource>,
  there: (row: number) => boolean,
  pageSize?: number,
): { file: ArrayBuffer; metadata: FileMetaData } {
  const { type, cell } = COLUMNS[name];
  const data = Array.from({ length: ROWS }, (_, row) => (there(row) ? cell(row) : null));
  const file = parquetWriteBuffer({
    columnData: [{ name, data, type, ...given } as ColumnSource],
    codec: 'SNAPPY',
    pageSize,
  });
  return { file, metadata: parquetMetadata(file) };
}

function byChunk({ file, metadata }: ReturnType<typeof fileOf>, from = 0, length = Number.MAX_SAFE_INTEGER) {
  const { meta_data: data } = metadata.row_groups[0].columns[0];
  if (data === undefined) throw new Error('no chunk');
  const start = Number(data.dictionary_page_offset ?? data.data_page_offset) + from;
  const bytes = new Uint8Array(file, start, Math.min(length, Number(data.total_compressed_size) - from));
  const [{ element }] = parquetSchema(metadata).children;
  return chunkCells({ bytes, metadata: data, element, rows: ROWS, decompress: compressors });
}

/** The same, cell by cell, as numbers and texts. */
async function byLibrary({ file, metadata }: ReturnType<typeof fileOf>): Promise<unknown[]> {
  const cells: unknown[] = [];
  await parquetRead({
    file,
    metadata,
    compressors,
    onChunk: ({ columnData }) => void cells.push(...Array.from(columnData as unknown[])),
  });
  return cells.map((cell) => (cell instanceof Date ? cell.getTime() : cell));
}

const shown = (cells: ReturnType<typeof chunkCells>) =>
  cells && Array.from<unknown>(cells).map((cell) => (Number.isNaN(cell) ? null : cell));

describe('the chunk of a column', () => {
  for (const [some, there] of Object.entries(isThere)) {
    for (const name of Object.keys(COLUMNS)) {
      const encodings = name === 'number' || name === 'integer' ? ['PLAIN'] : ['RLE_DICTIONARY'];
      for (const encoding of encodings as ColumnSource['encoding'][]) {
        it(`gives the cells of a column of type ${name} that the library gives, of which ${some} are there`, async () => {
          const nullable = {
            nullable: some !== 'all',
            encoding: some === 'none' ? ('PLAIN' as const) : encoding,
          };
          const file = fileOf(name, nullable, there, 0);
          expect(shown(byChunk(file))).toEqual(await byLibrary(file));
        });
      }
    }
  }

  it('is left to the library where it has several pages', () => {
    expect(byChunk(fileOf('number', { encoding: 'PLAIN' }, isThere.all, 1_000))).toBeNull();
  });

  it('is left to the library where it is of another type', () => {
    const file = fileOf('number', { encoding: 'PLAIN', type: 'FLOAT' }, isThere.all, 0);
    expect(byChunk(file)).toBeNull();
  });

  it('is refused where it is cut off, or has another number of cells than it says', () => {
    const file = fileOf('number', { encoding: 'PLAIN', nullable: true }, isThere.some, 0);
    expect(() => byChunk(file, 0, 400)).toThrow(/ends after its column/);
    const bytes = new Uint8Array(file.file);
    const { data_page_offset: at = 0n } = file.metadata.row_groups[0].columns[0].meta_data ?? {};
    // The levels follow the head of the page: the first cell, and the seventh, are missing.
    const place = bytes.findIndex((byte, i) => i > Number(at) + 12 && byte === 0b0111_1110);
    bytes[place] = 0b0111_1111;
    expect(() => byChunk(file)).toThrow(/other cells than it says/);
  });
});
