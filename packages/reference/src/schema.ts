import Type, { type Static } from 'typebox';

/** The data files of this package and the user's own file, which may hold any part of the same. */

const DateText = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'YYYY-MM-DD' });
const ClockTime = Type.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  description: 'HH:MM on the clock of the exchange',
});
const Source = Type.String({ minLength: 1, description: 'Where the fact is from' });
const closed = { additionalProperties: false } as const;

export const EXCHANGES = ['NSE', 'BSE', 'US', 'DERIBIT'] as const;
const PRODUCT_KINDS = ['index', 'fund', 'equity', 'coin'] as const;
const SESSION_PHASES = [
  'closed',
  'pre_open',
  'continuous',
  'closing_auction',
  'settlement_known',
  'post_close',
] as const;
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const;

const SpecialSession = Type.Object(
  {
    date: DateText,
    name: Type.String(),
    open: Type.Union([ClockTime, Type.Null()], { description: 'null: the hours are not known' }),
    close: Type.Union([ClockTime, Type.Null()]),
  },
  { ...closed, description: 'A session of its own hours, also on a day that is closed otherwise' },
);

/** Days with and without a session. */
export const CalendarData = Type.Object(
  {
    source: Source,
    covers: Type.Object({ from: DateText, to: DateText }, closed),
    closed: Type.Array(DateText, { description: 'Weekdays without an ordinary session' }),
    early_closes: Type.Array(DateText),
    special_sessions: Type.Array(SpecialSession),
  },
  closed,
);

const Hours = Type.Object(
  {
    from: DateText,
    source: Source,
    phases: Type.Array(Type.Tuple([Type.Enum([...SESSION_PHASES]), ClockTime]), {
      minItems: 1,
      description: 'Phases of a day and when each begins; `closed` before the first',
    }),
    expiry: Type.Union([ClockTime], { description: 'When contracts that settle at the close cease' }),
    spot_frozen: Type.Optional(
      Type.Tuple([ClockTime, ClockTime], { description: 'From, until: the index is not computed' }),
    ),
    early: Type.Optional(Type.Object({ close: ClockTime, expiry: ClockTime }, closed)),
  },
  closed,
);

const Settlement = Type.Object(
  {
    from: Type.String({ ...DateText, description: 'The first expiry of which it holds' }),
    delivery: Type.Enum(['cash', 'physical'], { description: 'What holders get at the expiry' }),
    style: Type.Enum(['european', 'american'], { description: 'When contracts can be exercised' }),
    source: Source,
  },
  closed,
);

const ExchangeData = Type.Object(
  {
    time_zone: Type.String({ description: 'An IANA zone, or a fixed offset such as +05:30' }),
    calendar: Type.Union([Type.String(), Type.Null()], { description: 'null: there is a session every day' }),
    currency: Type.String({ minLength: 3, maxLength: 8 }),
    open_interest: Type.Object(
      {
        as_of: Type.Enum(['live', 'previous_close'], {
          description:
            'What is published during a session: that of the moment, or of the close of the session before',
        }),
        source: Source,
      },
      closed,
    ),
    hours: Type.Partial(
      Type.Object(Object.fromEntries(PRODUCT_KINDS.map((kind) => [kind, Type.Array(Hours)])) as HoursByKind),
      closed,
    ),
    settlement: Type.Partial(
      Type.Object(
        Object.fromEntries(PRODUCT_KINDS.map((kind) => [kind, Type.Array(Settlement)])) as SettlementByKind,
        closed,
      ),
    ),
  },
  closed,
);
type SettlementByKind = Record<(typeof PRODUCT_KINDS)[number], Type.TArray<typeof Settlement>>;
type HoursByKind = Record<(typeof PRODUCT_KINDS)[number], Type.TArray<typeof Hours>>;

const ProductData = Type.Object(
  {
    name: Type.String(),
    exchange: Type.Enum([...EXCHANGES]),
    kind: Type.Enum([...PRODUCT_KINDS]),
    currency: Type.String({ minLength: 3, maxLength: 8 }),
    price_tick: Type.Number({ exclusiveMinimum: 0, description: 'Smallest step of a premium' }),
    strike_step: Type.Number({ exclusiveMinimum: 0 }),
    volatility_index: Type.Optional(
      Type.String({
        pattern: '^[A-Z0-9][A-Z0-9._&-]{0,23}$',
        description: 'Symbol of the volatility index that its exchange publishes of it',
      }),
    ),
    premium_unit: Type.Optional(Type.Enum(['currency', 'coin'])),
    settled_at_open: Type.Optional(
      Type.Enum(['never', 'third_friday', 'every'], {
        description: 'Which expiries of this root settle at the opening',
      }),
    ),
  },
  closed,
);

const Lot = Type.Object(
  {
    exchange: Type.Optional(
      Type.Enum([...EXCHANGES], { description: 'Needed where the symbol is not one of the products' }),
    ),
    expiries_from: DateText,
    expiries_until: Type.Optional(
      Type.String({
        ...DateText,
        description: 'The last expiry of which this is known; without it until the next',
      }),
    ),
    traded_until: Type.Optional(
      Type.String({ ...DateText, description: 'The last day on which contracts listed before had this lot' }),
    ),
    lot: Type.Integer({ minimum: 1, maximum: 1e9, description: 'Units per contract' }),
    source: Source,
  },
  closed,
);

const ExpiryRule = Type.Object(
  {
    from: DateText,
    monthly: Type.Optional(Type.Enum([...WEEKDAYS], { description: 'The last of these in a month' })),
    weekly: Type.Optional(
      Type.Enum([...WEEKDAYS], { description: 'Each of these, but in the week of the monthly expiry' }),
    ),
    dailies: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 7, description: 'Days from today on with an expiry of their own' }),
    ),
    others: Type.Optional(
      Type.Boolean({ description: 'Further days are expiries, too, of which there is no rule here' }),
    ),
    source: Source,
  },
  closed,
);

const bySymbol = <T extends Type.TSchema>(entry: T) =>
  Type.Record(Type.String({ pattern: '^[A-Z0-9][A-Z0-9._&-]{0,23}$' }), entry, closed);

const sections = {
  calendars: Type.Record(Type.String(), CalendarData),
  exchanges: Type.Object(
    Object.fromEntries(EXCHANGES.map((name) => [name, ExchangeData])) as Record<
      (typeof EXCHANGES)[number],
      typeof ExchangeData
    >,
    closed,
  ),
  products: bySymbol(ProductData),
  lots: bySymbol(Type.Array(Lot)),
  expiries: bySymbol(Type.Array(ExpiryRule)),
};

/** All facts: what the data files hold together. */
export const ReferenceData = Type.Object(sections, closed);
export type ReferenceData = Static<typeof ReferenceData>;

/** The user's own file: lists are added to, entries of the same date and fields of the same name replaced. */
export const ReferenceOverride = Type.Partial(
  Type.Object(
    {
      calendars: Type.Record(
        Type.String(),
        Type.Partial(
          Type.Object(
            {
              ...CalendarData.properties,
              open: Type.Array(DateText, { description: 'Days to take off the closed ones' }),
            },
            closed,
          ),
        ),
      ),
      exchanges: Type.Partial(
        Type.Object(
          Object.fromEntries(
            EXCHANGES.map((name) => [name, Type.Partial(Type.Object(ExchangeData.properties, closed))]),
          ) as Record<(typeof EXCHANGES)[number], Type.TPartial<typeof ExchangeData>>,
          closed,
        ),
      ),
      products: bySymbol(Type.Partial(Type.Object(ProductData.properties, closed))),
      lots: sections.lots,
      expiries: sections.expiries,
    },
    closed,
  ),
  closed,
);
export type ReferenceOverride = Static<typeof ReferenceOverride>;

export type CalendarData = Static<typeof CalendarData>;
export type ExchangeData = Static<typeof ExchangeData>;
export type ProductData = Static<typeof ProductData>;
export type LotEntry = Static<typeof Lot>;
export type ExpiryRule = Static<typeof ExpiryRule>;
export type HoursEntry = Static<typeof Hours>;
export type SettlementEntry = Static<typeof Settlement>;
export type SpecialSession = Static<typeof SpecialSession>;

export type Exchange = (typeof EXCHANGES)[number];
export type ProductKind = (typeof PRODUCT_KINDS)[number];
export type SessionPhase = (typeof SESSION_PHASES)[number];
export type Weekday = (typeof WEEKDAYS)[number];
