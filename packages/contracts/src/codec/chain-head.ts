import { Packr } from 'msgpackr';
import { CHAIN_FIGURES, FIGURES_BY_ID } from '../figures/chain-figures.ts';
import type { ChainHeader, ChainSummary } from '../market/chain.ts';
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
  /** What a head says whose fields were unpacked before. Throws MalformedBlobError likewise. */
  read(fields: unknown, version: number): Header;
}

/** A header as the list of its fields, with the map of optional ones behind them where there are any, and back. */
interface FieldOrder<Header> {
  /** Fields before the map. */
  readonly count: number;
  write(chain: Header): unknown[];
  read(fields: unknown[]): Header;
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
    read: (fields, version) => order.read(requireFields(fields, order.count, version)),
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

/** Figures that the list holds, as in every layout so far; those of a higher id follow by id. */
const LISTED_FIGURES = 23;
const LISTED = FIGURES_BY_ID.slice(0, LISTED_FIGURES);
const LATER = FIGURES_BY_ID.slice(LISTED_FIGURES).map((name) => ({ name, id: CHAIN_FIGURES[name].id }));

/** Fields that a header may do without; named, so that others can join them. */
const OPTIONAL_FIELDS = ['generation', 'dataset'] as const satisfies readonly (keyof ChainHeader)[];

type OptionalFields = Readonly<Record<string, unknown>>;

function optionalFields(chain: ChainHeader): Record<string, unknown> {
  const optional: Record<string, unknown> = {};
  for (const name of OPTIONAL_FIELDS) if (chain[name] !== undefined) optional[name] = chain[name];
  return optional;
}

/**
 * Makes objects with these fields, all null, as a literal that names them would: one that fields are added to by computed
 * names, one after another, is kept as a hash table, which takes several times as long to make and to read.
 */
function objectsOf(names: readonly string[]): () => Record<string, unknown> {
  // What JSON.parse gives is kept as a literal is.
  const template: Record<string, unknown> = JSON.parse(
    JSON.stringify(Object.fromEntries(names.map((name) => [name, null]))),
  );
  return () => ({ ...template });
}

const newHeader = objectsOf(HEADER_FIELDS);

/** A fresh object, which the caller may add to. */
function readHeader(fields: readonly unknown[], optional: unknown): ChainHeader {
  const header = newHeader();
  for (let i = 0; i < HEADER_FIELDS.length; i++) header[HEADER_FIELDS[i]] = fields[i];
  const given = mapOf(optional);
  for (const name of OPTIONAL_FIELDS) if (given[name] !== undefined) header[name] = given[name];
  return header as unknown as ChainHeader;
}

const isMap = (given: unknown): given is OptionalFields => typeof given === 'object' && given !== null;
const mapOf = (given: unknown): OptionalFields => (isMap(given) ? given : {});

const RAW_ORDER: FieldOrder<ChainHeader> = {
  count: HEADER_FIELDS.length,
  write(chain) {
    const fields: unknown[] = HEADER_FIELDS.map((name) => chain[name]);
    if (OPTIONAL_FIELDS.some((name) => chain[name] !== undefined)) fields.push(optionalFields(chain));
    return fields;
  },
  read(fields) {
    const optional = fields[HEADER_FIELDS.length];
    // An enriched chain has its first figure there.
    if (optional !== undefined && !isMap(optional))
      throw new MalformedBlobError('the header has other fields');
    return readHeader(fields, optional);
  },
};

/** Where a field of an enriched chain lies in the list. */
export const fieldPlace = (name: (typeof HEADER_FIELDS)[number] | (typeof LISTED)[number]): number =>
  [...HEADER_FIELDS, ...LISTED].indexOf(name);

const LISTED_END = HEADER_FIELDS.length + LISTED.length;
const newSummary = objectsOf([...LISTED, ...LATER.map(({ name }) => name), 'null_reasons']);

const ENRICHED_ORDER: FieldOrder<EnrichedHeader> = {
  count: LISTED_END + 1,
  write(chain) {
    const { summary } = chain;
    const fields: unknown[] = HEADER_FIELDS.map((name) => chain[name]);
    for (const name of LISTED) fields.push(summary[name]);
    const reasons: unknown[] = [];
    for (const [name, reason] of Object.entries(summary.null_reasons)) reasons.push(name, reason);
    const figures: unknown[] = [];
    for (const { name, id } of LATER) figures.push(id, summary[name]);
    fields.push(reasons, { ...optionalFields(chain), figures });
    return fields;
  },
  read(fields) {
    const optional = fields[LISTED_END + 1];
    const reasons = readReasons(fields[LISTED_END]);
    const figures = newSummary();
    for (let i = 0; i < LISTED.length; i++) figures[LISTED[i]] = fields[HEADER_FIELDS.length + i];
    readLater(mapOf(optional).figures, figures, reasons);
    figures.null_reasons = reasons;
    const summary = figures as unknown as ChainSummary;
    return Object.assign(readHeader(fields, optional), { summary });
  },
};

/**
 * Figures of a higher id, by name. One that is not there was not known to the writer: it is null for that reason. Ids
 * that this release does not know are ignored.
 */
function readLater(given: unknown, figures: Record<string, unknown>, reasons: Record<string, unknown>): void {
  const pairs: readonly unknown[] = Array.isArray(given) ? given : [];
  let next = 0;
  for (const { name, id } of LATER) {
    // In all likelihood behind the one before.
    let at = next;
    if (pairs[at] !== id) for (at = 0; at < pairs.length && pairs[at] !== id; ) at += 2;
    const isThere = at < pairs.length;
    figures[name] = isThere ? (pairs[at + 1] ?? null) : null;
    if (isThere) next = at + 2;
    else reasons[name] = 'not_recorded';
  }
}

function readReasons(flat: unknown): Record<string, unknown> {
  if (!Array.isArray(flat)) throw new MalformedBlobError('the header has other fields');
  const reasons: [string, unknown][] = [];
  for (let i = 0; i < flat.length; i += 2) reasons.push([String(flat[i]), flat[i + 1]]);
  return Object.fromEntries(reasons);
}
