/** Types of columns, as arrays of which complete columns are sent. */
export type ColumnType = 'text' | 'timestamptz' | 'bigint' | 'integer' | 'double precision' | 'bytea';

/** What an element is made of: instants are epoch milliseconds. */
export type Cell = string | number | Uint8Array | null;

/** Object ids of the types in every PostgreSQL. */
const TYPE_IDS: Readonly<Record<ColumnType, number>> = {
  bytea: 17,
  bigint: 20,
  integer: 23,
  text: 25,
  'double precision': 701,
  timestamptz: 1184,
};
const FIXED_BYTES: Readonly<Partial<Record<ColumnType, number>>> = {
  bigint: 8,
  integer: 4,
  'double precision': 8,
  timestamptz: 8,
};
const HEADER_BYTES = 20; // Five numbers: dimensions, whether there are nulls, type, length, first index.
const LENGTH_BYTES = 4; // Before each element.
/** Instants count from 2000-01-01 in microseconds. */
const EPOCH_2000_MS = 946_684_800_000n;

/**
 * A column of values in PostgreSQL's binary form of an array: a statement with one such parameter per column takes
 * any number of rows, and bytes are sent as they are, where text would double them.
 *
 * Source: array_recv of src/backend/utils/adt/arrayfuncs.c.
 */
export function binaryArray(type: ColumnType, values: readonly Cell[]): Buffer {
  const fixed = FIXED_BYTES[type];
  const texts =
    type === 'text' ? values.map((value) => (value === null ? null : Buffer.from(String(value)))) : null;
  const cells = texts ?? values;
  let size = HEADER_BYTES;
  let hasNull = 0;
  for (const cell of cells) {
    size += LENGTH_BYTES;
    if (cell === null) hasNull = 1;
    else size += fixed ?? (cell as Uint8Array).length;
  }
  const array = Buffer.allocUnsafe(size);
  array.writeInt32BE(1, 0); // Dimensions.
  array.writeInt32BE(hasNull, 4);
  array.writeInt32BE(TYPE_IDS[type], 8);
  array.writeInt32BE(values.length, 12);
  array.writeInt32BE(1, 16); // The first index.
  let at = HEADER_BYTES;
  for (const cell of cells) {
    if (cell === null) {
      at = array.writeInt32BE(-1, at);
      continue;
    }
    at = array.writeInt32BE(fixed ?? (cell as Uint8Array).length, at);
    at = writeCell(array, at, type, cell);
  }
  return array;
}

function writeCell(array: Buffer, at: number, type: ColumnType, cell: string | number | Uint8Array): number {
  switch (type) {
    case 'double precision':
      return array.writeDoubleBE(cell as number, at);
    case 'integer':
      return array.writeInt32BE(cell as number, at);
    case 'bigint':
      return array.writeBigInt64BE(BigInt(cell as number), at);
    case 'timestamptz':
      return array.writeBigInt64BE((BigInt(cell as number) - EPOCH_2000_MS) * 1000n, at);
    default:
      array.set(cell as Uint8Array, at);
      return at + (cell as Uint8Array).length;
  }
}
