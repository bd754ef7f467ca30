import { CHAIN_FIGURES, FIGURES_BY_ID } from '../figures/chain-figures.ts';
import type { ChainHeader, ChainSummary } from '../market/chain.ts';
import { MalformedBlobError } from './malformed-blob.ts';

export type EnrichedHeader = ChainHeader & { readonly summary: ChainSummary };

/** A header as the list of its fields, with the map of optional ones behind them where there are any, and back. */
export interface FieldOrder<Header> {
  /** Fields before the map. */
  readonly count: number;
  write(chain: Header): unknown[];
  read(fields: unknown[]): Header;
  /** Reads heads that are like the first but for their differences; null where these say too much. */
  readAlike?(first: unknown[], differences: HeadDifferences): ((index: number) => Header) | null;
}

/** Fields that a head has for itself, by their places in the list and in the figures of its map of optional fields. */
export interface HeadDifferences {
  readonly fields: readonly OwnField[];
  readonly figures: readonly OwnField[];
}

export interface OwnField {
  readonly place: number;
  /** All heads say the same, and each has a copy of it. */
  readonly isSame: boolean;
  /** What heads that say the same share: to be copied for each. */
  readonly value: FieldReader;
}

/** Gives the values of a field by head; each is made when it is asked for. */
export type FieldReader = (index: number) => unknown;

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

export const RAW_ORDER: FieldOrder<ChainHeader> = {
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

export const ENRICHED_ORDER: FieldOrder<EnrichedHeader> = {
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
  readAlike(first, { fields, figures }) {
    const chain = ENRICHED_ORDER.read(first);
    const { summary } = chain;
    const ofHeader: Named[] = [];
    const ofSummary: Named[] = [];
    let reasonsOf = (_: number): Record<string, unknown> => summary.null_reasons;
    const given = mapOf(first[LISTED_END + 1]).figures;
    const pairs: readonly unknown[] = Array.isArray(given) ? given : [];
    for (const { place, isSame, value } of fields) {
      if (place < HEADER_FIELDS.length) ofHeader.push([HEADER_FIELDS[place], value]);
      else if (place < LISTED_END) ofSummary.push([LISTED[place - HEADER_FIELDS.length], value]);
      else if (place === LISTED_END && !isSame) reasonsOf = differentReasons(value, pairs);
      else if (place === LISTED_END + 1 && !isSame) return null;
    }
    if (OPTIONAL_FIELDS.some((name) => typeof chain[name] === 'object')) return null;
    for (const { place, value } of figures) {
      const id = pairs[place - 1];
      if (place % 2 === 0 || pairs.some((each, at) => at % 2 === 0 && at !== place - 1 && each === id))
        return null;
      const later = LATER.find((each) => each.id === id);
      if (later !== undefined) ofSummary.push([later.name, (index) => value(index) ?? null]);
    }
    return (index) => {
      const own: Record<string, unknown> = { ...summary, null_reasons: { ...reasonsOf(index) } };
      for (const [name, value] of ofSummary) own[name] = owned(value(index));
      const header: Record<string, unknown> = { ...chain, summary: own };
      for (const [name, value] of ofHeader) header[name] = owned(value(index));
      return header as unknown as EnrichedHeader;
    };
  },
};

type Named = readonly [name: string, value: OwnField['value']];

/** Reasons of heads of which some share theirs, with those of figures that were not known to the writer. */
function differentReasons(
  value: OwnField['value'],
  figures: readonly unknown[],
): (index: number) => Record<string, unknown> {
  const known = new Map<unknown, Record<string, unknown>>();
  return (index) => {
    const flat = value(index);
    const found = known.get(flat) ?? readReasons(flat);
    if (!known.has(flat)) readLater(figures, {}, found);
    known.set(flat, found);
    return found;
  };
}

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

/** A copy, with copies of all that is in it. */
export function owned(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(owned);
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, owned(each)]));
}
