import { Packr } from 'msgpackr';
import type { ChainHeader } from '../market/chain.ts';
import { BLOB_VERSION, fieldsStart, versionOf } from './blob-checksum.ts';
import { ENRICHED_ORDER, type EnrichedHeader, type FieldOrder, RAW_ORDER } from './head-fields.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import type { ReadHeads } from './segment/read-heads.ts';
import { readVarint, varintLength, writeVarint } from './varint.ts';

/** What a blob says without its columns being decoded. */
export interface ChainHead<Header = EnrichedHeader> {
  readonly chain: Header;
  readonly strikes: number;
  readonly columns: number;
  /** Contracts that the source gave a price, volume or open interest for. */
  readonly quotes: number;
  /** Where the fields begin, which are MessagePack. */
  readonly start: number;
  /** Where the columns begin. */
  readonly end: number;
}

/**
 * The beginning of a blob: version, checksum, sizes, header and, of an enriched chain, summary (MessagePack,
 * in a fixed order; since version 2 further items may follow, the first of them a map of optional fields,
 * and a reader ignores what it does not know). It loads nothing but this, so that a writer thread can read
 * keys and figures without the rest of the platform.
 */
export interface ChainHeadCodec<Header = EnrichedHeader> {
  /**
   * The head of a blob whose checksum is not set yet: `sealBlob` does that once the columns follow it. Working memory,
   * valid until the next call.
   */
  encode(chain: Header, strikes: number, columns: number, quotes: number): Uint8Array;
  /**
   * Throws MalformedBlobError. The fields are there, in any form: what they hold is not looked at, nor is the
   * checksum, which `verifyBlob` does.
   */
  decode(blob: Uint8Array): ChainHead<Header>;
  /** Gives what each head of a segment says, its own. Throws MalformedBlobError likewise, and so does the function. */
  readAll(heads: ReadHeads): (index: number) => Header;
}

/** Some 100,000 strikes: refuses absurd sizes before memory is taken for them. */
export const MAX_CELLS = 4_000_000;
const MAX_SIZES_BYTES = 32; // Version, checksum and four numbers, at most.

export const createChainHeadCodec = (): ChainHeadCodec => createHeadCodec(ENRICHED_ORDER);
export const createRawHeadCodec = (): ChainHeadCodec<ChainHeader> => createHeadCodec(RAW_ORDER);

function createHeadCodec<Header extends ChainHeader>(order: FieldOrder<Header>): ChainHeadCodec<Header> {
  const packr = new Packr({ useRecords: false });
  let head = new Uint8Array(0);

  return {
    encode(chain, strikes, columns, quotes) {
      const fields = packr.pack(order.write(chain));
      if (head.length < MAX_SIZES_BYTES + fields.length)
        head = new Uint8Array(MAX_SIZES_BYTES + 2 * fields.length);
      head[0] = BLOB_VERSION;
      let at = fieldsStart(BLOB_VERSION);
      for (const size of [strikes, columns, quotes, fields.length]) at = writeVarint(head, at, size);
      head.set(fields, at);
      return head.subarray(0, at + fields.length);
    },
    decode(blob) {
      const sizes = readSizes(blob);
      const fields = unpack(packr, blob.subarray(sizes.start, sizes.end));
      return { chain: order.read(requireFields(fields, order.count, versionOf(blob))), ...sizes };
    },
    readAll(heads) {
      const fieldsOf = (index: number) =>
        requireFields(heads.fields(index), order.count, heads.version(index));
      const { differences } = heads;
      if (differences === null || heads.count === 0) return (index) => order.read(fieldsOf(index));
      const first = fieldsOf(0);
      const alike = order.readAlike?.(first, differences);
      if (!alike) return (index) => order.read(fieldsOf(index));
      return (index) => {
        requireFields(first, order.count, heads.version(index));
        return alike(index);
      };
    },
  };
}

/** What a head says without its fields, which are from `start` to `end`. Throws MalformedBlobError. */
export function readSizes(blob: Uint8Array): Omit<ChainHead, 'chain'> {
  let start = fieldsStart(versionOf(blob));
  const next = () => {
    const value = readVarint(blob, start);
    start += varintLength(value);
    return value;
  };
  const strikes = next();
  const columns = next();
  const quotes = next();
  const end = next() + start;
  if (!(end <= blob.length)) throw new MalformedBlobError('ends inside the header');
  if (strikes * columns > MAX_CELLS) throw new MalformedBlobError(`${strikes} strikes are too many`);
  if (quotes > 2 * strikes) throw new MalformedBlobError(`${quotes} quotes at ${strikes} strikes`);
  return { strikes, columns, quotes, start, end };
}

function unpack(packr: Packr, bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } catch (cause) {
    throw new MalformedBlobError('the header is not MessagePack', { cause });
  }
}

function requireFields(fields: unknown, expected: number, version: number): unknown[] {
  if (!Array.isArray(fields)) throw new MalformedBlobError('the header is not a list');
  if (version === 1 ? fields.length !== expected : fields.length < expected) {
    throw new MalformedBlobError('the header has other fields');
  }
  return fields;
}
