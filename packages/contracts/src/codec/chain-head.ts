import { Packr } from 'msgpackr';
import type { ChainHeader, ChainSummary } from '../chain.ts';
import { BLOB_VERSION, fieldsStart, versionOf } from './blob-checksum.ts';
import { MalformedBlobError } from './malformed-blob.ts';
import { readVarint, varintLength, writeVarint } from './varint.ts';

type EnrichedHeader = ChainHeader & { readonly summary: ChainSummary };

/** What a blob says without its columns being decoded. */
export interface ChainHead<Header = EnrichedHeader> {
  readonly chain: Header;
  readonly strikes: number;
  readonly columns: number;
  /** Contracts that the source gave a price, volume or open interest for. */
  readonly quotes: number;
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
  /** The head of a blob whose checksum is not set yet: `sealBlob` does that once the columns follow it. */
  encode(chain: Header, strikes: number, columns: number, quotes: number): Uint8Array;
  /**
   * Throws MalformedBlobError. The fields are there, in any form: what they hold is not looked at, nor is the
   * checksum, which `verifyBlob` does.
   */
  decode(blob: Uint8Array): ChainHead<Header>;
}

/** A header as the list of its fields and back. */
interface FieldOrder<Header> {
  readonly count: number;
  write(chain: Header): unknown[];
  read(fields: unknown[]): Header;
}

/** Some 100,000 strikes: refuses absurd sizes before memory is taken for them. */
export const MAX_CELLS = 4_000_000;
const MAX_SIZES_BYTES = 32;

export const createChainHeadCodec = (): ChainHeadCodec => createHeadCodec(ENRICHED_ORDER);
export const createRawHeadCodec = (): ChainHeadCodec<ChainHeader> => createHeadCodec(RAW_ORDER);

function createHeadCodec<Header extends ChainHeader>(order: FieldOrder<Header>): ChainHeadCodec<Header> {
  const packr = new Packr({ useRecords: false });
  const sizes = new Uint8Array(MAX_SIZES_BYTES);

  return {
    encode(chain, strikes, columns, quotes) {
      const optional = optionalFields(chain);
      const fields = packr.pack(optional === null ? order.write(chain) : [...order.write(chain), optional]);
      sizes[0] = BLOB_VERSION;
      let at = fieldsStart(BLOB_VERSION);
      for (const size of [strikes, columns, quotes, fields.length]) at = writeVarint(sizes, at, size);
      const head = new Uint8Array(at + fields.length);
      head.set(sizes.subarray(0, at));
      head.set(fields, at);
      return head;
    },
    decode(blob) {
      const version = versionOf(blob);
      let at = fieldsStart(version);
      const next = () => {
        const value = readVarint(blob, at);
        at += varintLength(value);
        return value;
      };
      const strikes = next();
      const columns = next();
      const quotes = next();
      const end = next() + at;
      if (!(end <= blob.length)) throw new MalformedBlobError('ends inside the header');
      if (strikes * columns > MAX_CELLS) throw new MalformedBlobError(`${strikes} strikes are too many`);
      if (quotes > 2 * strikes) throw new MalformedBlobError(`${quotes} quotes at ${strikes} strikes`);
      const fields = unpack(packr, blob.subarray(at, end), order.count, version);
      const chain = { ...order.read(fields), ...readOptional(fields[order.count]) };
      return { chain, strikes, columns, quotes, end };
    },
  };
}

function unpack(packr: Packr, bytes: Uint8Array, expected: number, version: number): unknown[] {
  let fields: unknown;
  try {
    fields = packr.unpack(bytes);
  } catch (cause) {
    throw new MalformedBlobError('the header is not MessagePack', { cause });
  }
  if (!Array.isArray(fields)) throw new MalformedBlobError('the header is not a list');
  if (version === 1 ? fields.length !== expected : fields.length < expected) {
    throw new MalformedBlobError('the header has other fields');
  }
  return fields;
}

/** Fields that a header may do without; named, so that others can join them. */
const OPTIONAL_FIELDS = ['generation', 'dataset'] as const satisfies readonly (keyof ChainHeader)[];

function optionalFields(chain: ChainHeader): Record<string, unknown> | null {
  let optional: Record<string, unknown> | null = null;
  for (const name of OPTIONAL_FIELDS) {
    if (chain[name] === undefined) continue;
    optional ??= {};
    optional[name] = chain[name];
  }
  return optional;
}

function readOptional(given: unknown): Partial<ChainHeader> {
  if (typeof given !== 'object' || given === null) return {};
  const fields = given as Record<string, unknown>;
  return Object.fromEntries(
    OPTIONAL_FIELDS.filter((name) => fields[name] !== undefined).map((name) => [name, fields[name]]),
  );
}

/** Order of the header's fields in a blob. A released version's order never changes. */
const HEADER_FIELDS = [
  'product',
  'expiry',
  'expiry_at',
  'timestamp',
  'epoch',
  'seq',
  'source',
  'currency',
  'spot',
  'future',
  'lot_size',
  'price_tick',
  'quality',
] as const satisfies readonly (keyof ChainHeader)[];

const SUMMARY_FIELDS = [
  'spot_price',
  'forward',
  'forward_source',
  'rate',
  'year_fraction',
  'atm_strike',
  'atm_iv',
  'atm_straddle_price',
  'expected_move',
  'pcr_oi',
  'pcr_volume',
  'pcr_oi_change',
  'max_pain_strike',
  'max_pain_ties',
  'total_call_oi',
  'total_put_oi',
  'total_call_volume',
  'total_put_volume',
  'support_strike',
  'resistance_strike',
  'support_oi_change_strike',
  'resistance_oi_change_strike',
  'strike_count',
] as const satisfies readonly Exclude<keyof ChainSummary, 'null_reasons'>[];

const RAW_ORDER: FieldOrder<ChainHeader> = {
  count: HEADER_FIELDS.length,
  write: (chain) => HEADER_FIELDS.map((name) => chain[name]),
  read: (fields) =>
    Object.fromEntries(HEADER_FIELDS.map((name, i) => [name, fields[i]])) as unknown as ChainHeader,
};

const ENRICHED_ORDER: FieldOrder<EnrichedHeader> = {
  count: HEADER_FIELDS.length + SUMMARY_FIELDS.length + 1,
  write: (chain) => [
    ...RAW_ORDER.write(chain),
    ...SUMMARY_FIELDS.map((name) => chain.summary[name]),
    Object.entries(chain.summary.null_reasons).flat(),
  ],
  read(fields) {
    const summary = Object.fromEntries(
      SUMMARY_FIELDS.map((name, i) => [name, fields[HEADER_FIELDS.length + i]]),
    );
    const flat = fields[HEADER_FIELDS.length + SUMMARY_FIELDS.length];
    if (!Array.isArray(flat)) throw new MalformedBlobError('the header has other fields');
    const reasons: [string, unknown][] = [];
    for (let i = 0; i < flat.length; i += 2) reasons.push([String(flat[i]), flat[i + 1]]);
    return {
      ...RAW_ORDER.read(fields),
      summary: { ...summary, null_reasons: Object.fromEntries(reasons) } as unknown as ChainSummary,
    };
  },
};
