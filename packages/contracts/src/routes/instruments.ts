import Type, { type Static } from 'typebox';
import { ExpiryDate, ProductSymbol } from '../market/chain.ts';
import { SIDES } from '../market/columns.ts';
import { ContractId } from '../market/contracts/contract-id.ts';
import { listTable } from '../market/table.ts';
import { IsoTime } from '../market/views.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { NextCursor, ProductParams, pageQuery, routesOf } from './route.ts';

/** What is listed of a product besides what it is written on. */
const INSTRUMENT_KINDS = ['option', 'future', 'underlying'] as const;
const DELIVERIES = ['cash', 'physical'] as const;
const EXERCISE_STYLES = ['european', 'american'] as const;

/**
 * Why an expiry that a venue lists is not one that the reference data expects; it is listed all the same. `no_session`: its day
 * has no ordinary session. `not_scheduled`: no rule of the product makes that day an expiry. `calendar_unknown`: no calendar
 * covers it.
 */
const EXPIRY_FLAGS = ['no_session', 'not_scheduled', 'calendar_unknown'] as const;

const Venue = Type.String({ pattern: '^[a-z]{1,40}$', examples: ['deribit'] });
const NotRead = Type.Array(Venue, {
  description: 'Venues whose kept list cannot be read, as the log says: their contracts are missing here',
});

export const ListedProductView = Type.Object({
  product: ProductSymbol,
  venue: Venue,
  exchange: Type.String(),
  options: Type.Integer({ description: 'Options that are listed' }),
  futures: Type.Integer(),
  expiries: Type.Integer({ description: 'Expiries of the options' }),
  ended: Type.Integer({ description: 'Contracts that were listed and are kept' }),
  last_refresh: Type.String({ ...IsoTime, description: 'When the venue gave the newest list' }),
});
export type ListedProductView = Static<typeof ListedProductView>;

const instrumentRoute = routesOf({ access: { scope: 'market:read' }, failures: [] });

export const listListedProducts = instrumentRoute('GET', '/api/instruments', {
  summary: 'Products of the instrument lists of the venues, with counts and the last refresh',
  description: 'What a feed of live venues keeps of their lists. Empty where none was followed.',
  response: Type.Object({
    count: Type.Integer(),
    products: Type.Array(ListedProductView),
    venues_not_read: NotRead,
  }),
  table: listTable('products', ListedProductView),
});

export const InstrumentView = Type.Object({
  venue: Venue,
  id: Type.String({ description: "The venue's own name of it: a token, a symbol" }),
  kind: Type.Enum([...INSTRUMENT_KINDS]),
  contract: nullable(
    Type.String({ ...ContractId, description: 'Id of an option at `/api/data/contracts/:id`' }),
  ),
  other_contracts: Type.Array(ContractId, {
    description:
      'Ids of the same contract under other terms, oldest first: a corporate action rewrites the strike, and its quotes of ' +
      'before are found under the id of then',
  }),
  exchange: Type.String(),
  expiry: nullable(ExpiryDate),
  expires_at: nullable(Type.String({ ...IsoTime, description: 'When it ceases' })),
  strike: NullableNumber,
  side: nullable(Type.Enum([...SIDES])),
  lot_size: nullable(Type.Number({ description: 'Units of the underlying per contract' })),
  price_tick: nullable(Type.Number({ description: "Step of premiums, in the venue's unit" })),
  multiplier: nullable(
    Type.Number({
      description:
        "What 1 of the premium, in the venue's unit, is worth of one contract, in `settlement_currency`",
    }),
  ),
  delivery: nullable(Type.Enum([...DELIVERIES], { description: 'What holders get at the expiry' })),
  style: nullable(Type.Enum([...EXERCISE_STYLES], { description: 'When it can be exercised' })),
  settlement_currency: nullable(Type.String({ description: 'A coin where the contract is inverse' })),
  terms_from: Type.String({
    ...IsoTime,
    description: 'Of the first list with these terms; before, others held',
  }),
  terms_until: nullable(
    Type.String({ ...IsoTime, description: 'Of the first list with other terms; null: they hold' }),
  ),
  listed_from: Type.String({ ...IsoTime, description: 'Of the first list that was kept with it' }),
  ended_at: nullable(
    Type.String({ ...IsoTime, description: 'Of the first list without it; null while it is listed' }),
  ),
  expiry_flag: nullable(
    Type.Enum([...EXPIRY_FLAGS], {
      description:
        'Why the reference data does not expect this expiry: its day has no ordinary session, no rule makes it one, or no ' +
        'calendar covers it',
    }),
  ),
});
export type InstrumentView = Static<typeof InstrumentView>;

export const listInstruments = instrumentRoute('GET', '/api/instruments/:product', {
  summary: 'Contracts of a product that venues list, or listed at an instant, with their terms',
  description:
    'By expiry, strike and side. Terms are null where they are not known, or were not kept yet at that time.',
  params: ProductParams,
  failures: ['invalid_request', 'unknown_product', 'unknown_expiry', 'no_data'],
  query: {
    at: Type.Optional(
      Type.String({ format: 'date-time', description: 'As listed at this instant, with the terms of then' }),
    ),
    expiry: Type.Optional(ExpiryDate),
    venue: Type.Optional(Type.String({ ...Venue, description: 'Of this venue alone' })),
    kind: Type.Optional(Type.Enum([...INSTRUMENT_KINDS])),
    limit: pageQuery.limit,
    cursor: Type.Optional(
      Type.String({
        maxLength: 400,
        description: '`next_cursor` of the response before; everything else stays as it was',
      }),
    ),
    fields: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1000,
        description:
          'Names of fields, by comma; `venue` and `id` are always there. An unknown name is refused.',
      }),
    ),
  },
  response: Type.Object({
    product: ProductSymbol,
    at: IsoTime,
    count: Type.Integer(),
    instruments: Type.Array(InstrumentView),
    venues_not_read: NotRead,
    next_cursor: NextCursor,
  }),
  table: listTable('instruments', InstrumentView),
});
