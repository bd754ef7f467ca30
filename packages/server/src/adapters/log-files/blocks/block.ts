import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { COLUMNS, type Column } from '../messages.ts';
import { GRAM_BYTES } from './grams.ts';

/** Levels by index, times and codes of the values of each column: what a block is filtered and counted by. */
export interface BlockColumns {
  /** Epoch milliseconds. */
  readonly times: Float64Array;
  readonly levels: Uint8Array;
  /** Of each line the index of its value in `values`; the first value is null, for none. */
  readonly codes: Readonly<Record<Column, Uint16Array>>;
  readonly values: Readonly<Record<Column, readonly (string | null)[]>>;
}

export interface AnalysedBlock {
  readonly minMs: number;
  readonly maxMs: number;
  readonly columns: BlockColumns;
  readonly grams: Uint8Array;
  /** Of the values of each key, each once; see `termOf`. */
  readonly terms: Uint32Array;
}

/** Codes of columns are 16 bits, and null is one of them. */
export const MAX_BLOCK_LINES = 65_535;

/** A level that compresses these at some hundred megabytes a second. */
const LEVEL = 1;
const compress = (bytes: Uint8Array): Buffer =>
  zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });

export const packGrams = (grams: Uint8Array): Buffer => compress(grams);

export const unpackGrams = (packed: Uint8Array): Uint8Array =>
  zstdDecompressSync(packed, { maxOutputLength: GRAM_BYTES });

/** Times as differences, then levels, then codes, by column; before them the values as JSON with its length. */
export function packColumns({ times, levels, codes, values }: BlockColumns): Buffer {
  const json = Buffer.from(JSON.stringify(COLUMNS.map((column) => values[column])));
  const head = Buffer.alloc(4);
  head.writeUInt32LE(json.length);
  const steps = times.map((time, i) => (i === 0 ? time : time - times[i - 1]));
  const arrays = [steps, levels, ...COLUMNS.map((column) => codes[column])];
  return compress(
    Buffer.concat([
      head,
      json,
      ...arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)),
    ]),
  );
}

/** `lines`: how many the block has. */
export function unpackColumns(packed: Uint8Array, lines: number): BlockColumns {
  const bytes = zstdDecompressSync(packed);
  let place = 4 + bytes.readUInt32LE(0);
  const lists = JSON.parse(bytes.toString('utf8', 4, place)) as (string | null)[][];
  const take = (size: number) => {
    const { buffer } = new Uint8Array(bytes.subarray(place, place + size));
    place += size;
    return buffer;
  };
  const times = new Float64Array(take(8 * lines));
  for (let i = 1; i < lines; i++) times[i] += times[i - 1];
  const levels = new Uint8Array(take(lines));
  const codes = {} as Record<Column, Uint16Array>;
  const values = {} as Record<Column, (string | null)[]>;
  COLUMNS.forEach((column, i) => {
    codes[column] = new Uint16Array(take(2 * lines));
    values[column] = lists[i];
  });
  return { times, levels, codes, values };
}
