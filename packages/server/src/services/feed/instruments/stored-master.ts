import type { Exchange } from '@deltastream/reference';
import type { InstrumentMaster } from '@deltastream/venues/master';
import Type, { type Static } from 'typebox';
import { Check } from 'typebox/value';

/** What is written today. A reader takes every version up to it. */
const VERSION = 1;

const nullable = <T extends Type.TSchema>(schema: T) => Type.Union([schema, Type.Null()]);
const EpochMs = Type.Number({ minimum: 0 });
const StoredMaster = Type.Object({
  version: Type.Literal(VERSION),
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
      terms: Type.Array(
        Type.Object({
          from: EpochMs,
          strike: nullable(Type.Number({ exclusiveMinimum: 0 })),
          lot_size: nullable(Type.Number({ exclusiveMinimum: 0 })),
          price_tick: nullable(Type.Number({ exclusiveMinimum: 0 })),
        }),
        { minItems: 1 },
      ),
    }),
  ),
});
type StoredMaster = Static<typeof StoredMaster>;
type StoredContract = StoredMaster['contracts'][number];

/** Whether a contract says all that its kind has: an option without its strike would be taken for what it is written on. */
const isWhole = ({ kind, expiry, expires_at, side, terms }: StoredContract): boolean =>
  kind === 'underlying' ||
  (expiry !== null &&
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

/** As it is stored, in the names of the interfaces. */
export const storedMaster = ({ venue, asOf, contracts }: InstrumentMaster): StoredMaster => ({
  version: VERSION,
  venue,
  as_of: asOf,
  contracts: contracts.map(({ kind, id, symbol, exchange, expiry, expiresAt, side, endedAt, terms }) => ({
    ...{ kind, id, symbol, exchange, expiry, expires_at: expiresAt, side, ended_at: endedAt },
    terms: terms.map(({ from, strike, lotSize, priceTick }) => ({
      ...{ from, strike },
      lot_size: lotSize,
      price_tick: priceTick,
    })),
  })),
});

/** What was stored. Throws UnreadableMaster saying what is not as expected, such as the version of a newer release. */
export function readMaster(stored: unknown): InstrumentMaster {
  const version = (stored as { readonly version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > VERSION)
    throw new UnreadableMaster(`it has version ${version}, and this release reads up to ${VERSION}`);
  if (!Check(StoredMaster, stored))
    throw new UnreadableMaster('it does not hold what a list of instruments does');
  const { venue, as_of, contracts } = stored;
  const broken = contracts.find((each) => !isWhole(each));
  if (broken) throw new UnreadableMaster(`its ${broken.kind} ${broken.id} has no expiry, side or strike`);
  if (new Set(contracts.map(keyOf)).size < contracts.length)
    throw new UnreadableMaster('it holds a contract twice');
  return {
    ...{ venue, asOf: as_of },
    contracts: contracts.map(({ expires_at, ended_at, terms, exchange, ...known }) => ({
      ...{ ...known, exchange: exchange as Exchange, expiresAt: expires_at, endedAt: ended_at },
      terms: terms.map(({ from, strike, lot_size, price_tick }) => ({
        ...{ from, strike, lotSize: lot_size, priceTick: price_tick },
      })),
    })),
  };
}
