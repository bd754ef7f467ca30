import type { PageFile } from './page-file.ts';

export type Value = number | string | Buffer | null;

/** A row as it lies in a page; which table it is of is not said there. */
export interface PageRow {
  /** Null in an index, and in a table without rowids. */
  readonly rowid: number | null;
  readonly values: readonly Value[];
  /** The number of the page, which is of one table or index. */
  readonly page: number;
}

const INDEX_INTERIOR = 0x02;
const INDEX_LEAF = 0x0a;
const TABLE_LEAF = 0x0d;
const FILE_HEADER_BYTES = 100; // Before the content of the first page.
/** A row that is longer is none of ours. */
const MAX_ROW_BYTES = 64 * 1024 * 1024;

/**
 * Every row of a SQLite file that can be read, page after page, whether or not anything leads to its page any more. What
 * is damaged is left out or comes as it is: the caller knows by checksums which rows are what was written. Rows of free
 * pages are left out. Format: https://www.sqlite.org/fileformat2.html#b_tree_pages
 */
export function* readableRows(file: PageFile): Generator<PageRow> {
  for (let number = 1; number <= file.count; number++) {
    if (file.free.has(number)) continue;
    const read = file.page(number);
    if (read === null) continue;
    const start = number === 1 ? FILE_HEADER_BYTES : 0;
    const kind = read[start];
    if (kind !== TABLE_LEAF && kind !== INDEX_LEAF && kind !== INDEX_INTERIOR) continue;
    // A row that is continued in other pages reads them into the same memory.
    const page = Buffer.from(read);
    const pointers = start + (kind === INDEX_INTERIOR ? 12 : 8);
    const cells = Math.min(page.readUInt16BE(start + 3), Math.floor((page.length - pointers) / 2));
    for (let i = 0; i < cells; i++) {
      const row = rowAt(file, page, page.readUInt16BE(pointers + 2 * i), kind);
      if (row !== null) yield { ...row, page: number };
    }
  }
}

function rowAt(file: PageFile, page: Buffer, cell: number, kind: number): Omit<PageRow, 'page'> | null {
  try {
    const length = varint(page, kind === INDEX_INTERIOR ? cell + 4 : cell);
    const rowid = kind === TABLE_LEAF ? varint(page, length.end) : null;
    const start = (rowid ?? length).end;
    const payload = payloadOf(file, page, start, length.value, kind === TABLE_LEAF);
    return payload === null ? null : { rowid: rowid?.value ?? null, values: valuesOf(payload) };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** The bytes of a row, those that other pages continue included; null where one of them is not there. */
function payloadOf(
  file: PageFile,
  page: Buffer,
  start: number,
  length: number,
  ofTable: boolean,
): Buffer | null {
  if (length > MAX_ROW_BYTES) return null;
  const usable = page.length;
  const most = ofTable ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23;
  if (length <= most) return start + length > page.length ? null : page.subarray(start, start + length);
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (usable - 4));
  const local = fitting <= most ? fitting : least;
  const parts = [page.subarray(start, start + local)];
  let next = page.readUInt32BE(start + local);
  for (let held = local; held < length; held += usable - 4) {
    const more = next === 0 ? null : file.page(next);
    if (more === null) return null;
    next = more.readUInt32BE(0);
    parts.push(Buffer.from(more.subarray(4, 4 + Math.min(usable - 4, length - held))));
  }
  return Buffer.concat(parts);
}

/** The columns of a record. Throws RangeError where it ends too early. */
function valuesOf(record: Buffer): Value[] {
  const header = varint(record, 0);
  const values: Value[] = [];
  let at = header.value;
  for (let place = header.end; place < header.value; ) {
    const type = varint(record, place);
    place = type.end;
    const bytes = bytesOfType(type.value);
    if (at + bytes > record.length) throw new RangeError('the record ends too early');
    values.push(valueAt(record, at, type.value, bytes));
    at += bytes;
  }
  return values;
}

const NUMBER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

const bytesOfType = (type: number): number => NUMBER_BYTES[type] ?? (type - 12) >> 1;

function valueAt(record: Buffer, at: number, type: number, bytes: number): Value {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return record.readDoubleBE(at);
  if (type === 6) return Number(record.readBigInt64BE(at));
  if (type < 6) return record.readIntBE(at, bytes);
  if (type < 12) return null;
  return type % 2 === 0 ? record.subarray(at, at + bytes) : record.toString('utf8', at, at + bytes);
}

/** A number of one to nine bytes, seven bits each, the ninth eight. Throws RangeError beyond the end. */
function varint(bytes: Buffer, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes.readUInt8(start + i);
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  // Of nine bytes are negative numbers only.
  let bits = 0n;
  for (let i = 0; i < 8; i++) bits = (bits << 7n) | BigInt(bytes[start + i] & 0x7f);
  bits = (bits << 8n) | BigInt(bytes.readUInt8(start + 8));
  return { value: Number(BigInt.asIntN(64, bits)), end: start + 9 };
}
