import Type, { type Static } from 'typebox';
import {
  CARRIED_FIGURES,
  CONTRACT_FIGURES,
  type DerivedFigure,
  type QuotedFigure,
} from '../figures/contract-figures.ts';
import { nullable } from '../schemas/nullable.ts';
import { Dataset, EpochMs, ExpiryDate, Numbered, ProductSymbol, QualityFlag } from './chain.ts';
import { type QuoteColumn, SIDES } from './columns.ts';
import { SYNTHETIC_SOURCE } from './sources.ts';
import { IsoTime } from './views.ts';

/** What a source says of a contract in JSON, by the names of the REST views, each with its column. */
export const QUOTED_FIELDS: readonly (readonly [field: string, column: QuoteColumn])[] =
  CARRIED_FIGURES.flatMap((name) => {
    const figure: QuotedFigure | DerivedFigure = CONTRACT_FIGURES[name];
    return figure.from === 'venue' ? [[name, figure.column as QuoteColumn] as const] : [];
  });

const quotedProperties: Record<string, Type.TSchema> = Object.fromEntries(
  QUOTED_FIELDS.map(([name]) => {
    const { description, unit, signed } = CONTRACT_FIGURES[
      name as keyof typeof CONTRACT_FIGURES
    ] as QuotedFigure;
    const options = { description: `${description}; ${unit}`, ...(!signed && { minimum: 0 }) };
    return [name, Type.Optional(nullable(Type.Number(options)))];
  }),
);

const closed = { additionalProperties: false } as const;
const Strike = Type.Number({ exclusiveMinimum: 0 });
const Positive = Type.Number({ exclusiveMinimum: 0 });

/** When it was so: with a zone, as a time without one is another instant on another machine. */
export const GivenTime = Type.Union([IsoTime, EpochMs], {
  description: 'ISO-8601 with a zone (Z or +05:30), or milliseconds since 1970-01-01 UTC',
});

/** Without control characters: what a sender is called is stored, logged and shown. */
const PLAIN = '^[^\\u0000-\\u001f\\u007f]+$';

/** What a sender calls itself. */
export const SenderName = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: PLAIN,
  description: `Who says so; \`${SYNTHETIC_SOURCE}\` is reserved`,
});

/** What every line may say besides what it is about. */
const given = {
  exchange: Type.Optional(
    Type.String({ description: 'NSE, BSE, US or DERIBIT; needed of a product that is not known here' }),
  ),
  currency: Type.Optional(Type.String({ minLength: 3, maxLength: 8, pattern: PLAIN })),
  source: Type.Optional(SenderName),
  epoch: Type.Optional(Type.String({ ...Numbered.epoch, pattern: PLAIN })),
  seq: Type.Optional(Type.Integer({ ...Numbered.seq, maximum: Number.MAX_SAFE_INTEGER })),
  dataset: Type.Optional(Dataset),
} as const;

const quality = Type.Optional(Type.Array(QualityFlag, { maxItems: 20 }));

/** A price of an underlying, as a feed sends it in JSON. */
export const TickLine = Type.Object(
  {
    product: ProductSymbol,
    timestamp: GivenTime,
    price: Positive,
    previous_close: Type.Optional(nullable(Positive)),
    quality,
    ...given,
  },
  closed,
);
export type TickLine = Static<typeof TickLine>;

const contract = nullable(Type.Object(quotedProperties, closed));
const ContractWithStrike = nullable(Type.Object({ strike: Strike, ...quotedProperties }, closed));

/** Both contracts of a strike; a side that is left out or null is not listed. */
const Row = Type.Object(
  { strike: Strike, call: Type.Optional(contract), put: Type.Optional(contract) },
  closed,
);

/** What is said of all contracts of an expiry. */
const ofExpiry = {
  spot_price: Type.Optional(nullable(Type.Number({ minimum: 0 }))),
  future: Type.Optional(nullable(Positive)),
  expiry_at: Type.Optional(GivenTime),
  lot_size: Type.Optional(nullable(Positive)),
  price_tick: Type.Optional(nullable(Positive)),
} as const;

/** A complete chain, as a feed sends it in JSON: `rows`, or `calls` and `puts`. */
export const ChainLine = Type.Object(
  {
    product: ProductSymbol,
    expiry: ExpiryDate,
    timestamp: GivenTime,
    ...ofExpiry,
    rows: Type.Optional(Type.Array(Row, { minItems: 1, description: 'By strike, in any order' })),
    calls: Type.Optional(Type.Array(ContractWithStrike, { description: 'Instead of `rows`, with `puts`' })),
    puts: Type.Optional(Type.Array(ContractWithStrike)),
    quality,
    ...given,
  },
  closed,
);
export type ChainLine = Static<typeof ChainLine>;

/**
 * What changed of one contract, as a feed sends it in JSON. A field that is left out is as it was, null says that there is
 * none. Chains are made of the quotes of an expiry.
 */
export const QuoteLine = Type.Object(
  {
    product: ProductSymbol,
    expiry: ExpiryDate,
    strike: Strike,
    side: Type.Enum([...SIDES]),
    timestamp: GivenTime,
    ...ofExpiry,
    ...quotedProperties,
    exchange: given.exchange,
    currency: given.currency,
    source: given.source,
    dataset: given.dataset,
  },
  closed,
);
export type QuoteLine = Static<typeof QuoteLine> & { readonly [field: string]: unknown };

/** The kinds of lines that are taken, and what each is. */
export const LINES = { ticks: TickLine, quotes: QuoteLine, chains: ChainLine } as const;
export type LineKind = keyof typeof LINES;
export const LINE_KINDS = Object.keys(LINES) as readonly LineKind[];
