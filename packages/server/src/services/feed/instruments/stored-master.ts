import { schemaCheck } from '@deltastream/contracts';
import { dayNumber, type Exchange } from '@deltastream/reference';
import type { InstrumentMaster, Terms } from '@deltastream/venues/master';
import Type, { type Static } from 'typebox';

/** What is written today. A reader takes every version up to it. */
const VERSION = 2;

const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const EpochMs = Type.Number({ minimum: 0, maximum: 8.64e15 }); // What a date can be.
const FirstTerms = Type.Object({
  from: EpochMs,
  strike: nullable(Type.Number({ exclusiveMinimum: 0 })),
  lot_size: nullable(Type.Number({ exclusiveMinimum: 0 })),
  price_tick: nullable(Type.Number({ exclusiveMinimum: 0 })),
});
const StoredTerms = Type.Object({
  ...FirstTerms.properties,
  multiplier: nullable(Type.Number({ exclusiveMinimum: 0 })),
  delivery: nullable(Type.Enum(['cash', 'physical'])),
  style: nullable(Type.Enum(['european', 'american'])),
  settlement_currency: nullable(Type.String({ minLength: 1 })),
});

const masterOf = <Version extends number, T extends Type.TSchema>(version: Version, terms: T) =>
  Type.Object({
    version: Type.Literal(version),
    venue: Type.String({ minLength: 1 }),
    as_of: EpochMs,
    contracts: Type.Array(
      Type.Object({
        kind: Type.Enum(['option', 'underlying', 'future']),
        id: Type.Union([Type.String({ minLength: 1 }), Type.Number()]),
        symbol: Type.String({ minLength: 1 }),
        exchange: Type.Enum(['NSE', 'BSE', 'US', 'DERIBIT']),
        expiry: nullable(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })),
        expires_at: nullable(EpochMs),
        side: nullable(Type.Enum(['call', 'put'])),
        ended_at: nullable(EpochMs),
        terms: Type.Array(terms, { minItems: 1 }),
      }),
    ),
  });
const StoredMaster = Type.Object({
  ...masterOf(VERSION, StoredTerms).properties,
  endpoint: nullable(Type.String({ minLength: 1, description: 'Of another server than the venue itself' })),
});
/** As release 0.1.0 wrote it, of the venue itself or of what stood in for it. */
const FirstMaster = masterOf(1, FirstTerms);
/** Compiled: a list is checked in the thread of the feed, and a check that is read from the schema takes seconds. */
const storedCheck = schemaCheck(StoredMaster);
const firstCheck = schemaCheck(FirstMaster);
type StoredMaster = Static<typeof StoredMaster>;
type StoredContract = StoredMaster['contracts'][number];

/** Whether a contract says all that its kind has: an option without its strike would be taken for what it is written on. */
const isWhole = ({ kind, expiry, expires_at, side, terms }: StoredContract): boolean =>
  kind === 'underlying' ||
  (expiry !== null &&
    !Number.isNaN(dayNumber(expiry)) &&
    expires_at !== null &&
    (kind === 'future' || (side !== null && terms.every(({ strike }) => strike !== null))));

const keyOf = ({ kind, id, symbol, expiry, side }: StoredContract): string =>
  [kind, id, symbol, expiry, side].join(' ');

/** A stored master that this release cannot read: it is left as it is. */
export class UnreadableMaster extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnreadableMaster';
  }
}

/** What is stored: a master, and whose it is. */
export interface KeptMaster extends InstrumentMaster {
  /** Null: of the venue itself. */
  readonly endpoint: string | null;
}

/** As it is stored, in the names of the interfaces. */
export const storedMaster = ({ venue, endpoint, asOf, contracts }: KeptMaster): StoredMaster => ({
  version: VERSION,
  venue,
  endpoint,
  as_of: asOf,
  contracts: contracts.map(({ kind, id, symbol, exchange, expiry, expiresAt, side, endedAt, terms }) => ({
    ...{ kind, id, symbol, exchange, expiry, expires_at: expiresAt, side, ended_at: endedAt },
    terms: terms.map(
      ({ from, strike, lotSize, priceTick, multiplier, delivery, style, settlementCurrency }) => ({
        ...{ from, strike, lot_size: lotSize, price_tick: priceTick },
        ...{ multiplier, delivery, style, settlement_currency: settlementCurrency },
      }),
    ),
  })),
});

/** What was stored. Throws UnreadableMaster saying what is not as expected, such as the version of a newer release. */
export function readMaster(stored: unknown): KeptMaster {
  const version = (stored as { readonly version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > VERSION)
    throw new UnreadableMaster(`it has version ${version}, and this release reads up to ${VERSION}`);
  const { venue, as_of, contracts, endpoint } = ofThisVersion(stored);
  const broken = contracts.find((each) => !isWhole(each));
  if (broken) throw new UnreadableMaster(`its ${broken.kind} ${broken.id} has no expiry, side or strike`);
  if (new Set(contracts.map(keyOf)).size < contracts.length)
    throw new UnreadableMaster('it holds a contract twice');
  return {
    ...{ venue, endpoint, asOf: as_of },
    contracts: contracts.map(({ expires_at, ended_at, terms, exchange, ...known }) => ({
      ...{ ...known, exchange: exchange as Exchange, expiresAt: expires_at, endedAt: ended_at },
      terms: terms.map(
        ({
          from,
          strike,
          lot_size,
          price_tick,
          multiplier,
          delivery,
          style,
          settlement_currency,
        }): Terms => ({
          ...{ from, strike, lotSize: lot_size, priceTick: price_tick },
          ...{ multiplier, delivery, style, settlementCurrency: settlement_currency },
        }),
      ),
    })),
  };
}

/** What a file of the first version does not hold is null. */
function ofThisVersion(stored: unknown): StoredMaster {
  if (storedCheck.accepts(stored)) return stored;
  if (!firstCheck.accepts(stored))
    throw new UnreadableMaster('it does not hold what a list of instruments does');
  const unknown = { multiplier: null, delivery: null, style: null, settlement_currency: null };
  return {
    ...stored,
    version: VERSION,
    endpoint: null,
    contracts: stored.contracts.map((each) => ({
      ...each,
      terms: each.terms.map((terms) => ({ ...terms, ...unknown })),
    })),
  };
}
