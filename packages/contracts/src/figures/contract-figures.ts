import type { Figure } from './figure.ts';

/** Which of its quotes the price of a contract was taken from. */
export const PRICE_SOURCES = ['mid', 'last', 'mark'] as const;

/** Codes of the `iv_status` column; the first seven are those of the implied-volatility solver. */
export const IV_STATUSES = [
  'ok',
  'invalid_input',
  'expired',
  'below_intrinsic',
  'above_maximum',
  'no_time_value',
  'undetermined',
  'no_price',
  'no_forward',
  'from_twin',
  'last_outside_quote',
  'settlement_known',
] as const;

/** Codes of the `buildup` column; NaN where the baseline (previous close, open interest change) is unknown. */
export const BUILDUPS = [
  'neutral',
  'long_buildup',
  'short_buildup',
  'short_covering',
  'long_unwinding',
] as const;

/** What the venue says of a contract: a column of raw chains. */
export interface QuotedFigure extends Figure {
  readonly from: 'venue';
  /** Its place on the wire. Given once, in ascending order, and never given again or changed. */
  readonly id: number;
  /** Its column, where that is not called as the field is. */
  readonly column: string;
  /** A contract is listed when its source gave any of these. */
  readonly lists: boolean;
  /** It may be below 0; every other cell is a price, a size or a count. */
  readonly signed: boolean;
  /** The column of the same contract that predicts it on the wire. */
  readonly near: 'bid' | null;
}

/** What the enricher computes of a contract: a column of enriched chains. */
export interface DerivedFigure extends Figure {
  readonly from: 'enricher';
  readonly id: number;
  /** A put's is predicted on the wire by that of the call at its strike. */
  readonly near: 'call' | null;
  /**
   * Decimals that it is published in: `places`, and `perMagnitude` more for each power of ten of the forward. Null
   * of names and of what needs no rounding. docs/decisions/0002-published-resolution.md
   */
  readonly resolution: { readonly places: number; readonly perMagnitude: -1 | 0 | 1 } | null;
  /** Of names that are never null: what a cell without a code is shown as. */
  readonly otherwise?: string;
}

/** What follows from the quotes beside it, so that no chain carries it. */
export interface RowFigure extends Figure {
  readonly from: 'quotes';
}

export type ContractFigure = QuotedFigure | DerivedFigure | RowFigure;

const QUOTE = 'quote currency per unit';
const CONTRACTS = 'contracts';
const since = '0.1.0';
const NOT_GIVEN = 'the source does not give it';

const quoted = { from: 'venue', value: 'nullable', nullWhen: NOT_GIVEN, source: 'as quoted', since } as const;
const quotedPrice = {
  ...quoted,
  unit: QUOTE,
  lists: true,
  signed: false,
  near: 'bid',
  group: 'quote',
  format: 'price',
} as const;
const quotedSize = {
  ...quoted,
  unit: 'units, as published',
  lists: false,
  signed: false,
  near: null,
  group: 'quote',
  format: 'count',
} as const;
const quotedContracts = {
  ...quoted,
  unit: CONTRACTS,
  signed: false,
  near: null,
  group: 'positioning',
  format: 'contracts',
} as const;
const greek = {
  from: 'enricher',
  near: 'call',
  value: 'nullable',
  nullWhen: '`iv` is',
  source: 'Black-76 on the forward, discounted at `rate`',
  since,
  group: 'greeks',
  format: 'greek',
} as const;
const SENSITIVITY = { places: 8, perMagnitude: -1 } as const;

/** The figures of one contract, by the name of its field, in the order in which they are shown. */
export const CONTRACT_FIGURES = {
  price: {
    from: 'quotes',
    title: 'Price',
    value: 'nullable',
    unit: QUOTE,
    description: 'Premium that the figures use',
    nullWhen:
      'there is no quote and no trade, or none that the quote does not contradict (`last_outside_quote`)',
    source:
      "mid when both sides are quoted and ask >= bid > 0, else the last trade, else the venue's mark. A quote of one " +
      'side bounds both: a last trade or a mark above a lone ask, or below a lone bid, is not used. A worthless ' +
      'contract quoted 0 at one tick has a price, half a tick (`mid`). 0 is a price where the source says 0, and no bid ' +
      'where it says so of the bid; what it does not give is null',
    since,
    group: 'price',
    format: 'price',
    example: 182.75,
  },
  price_source: {
    from: 'quotes',
    title: 'Price from',
    value: PRICE_SOURCES,
    unit: 'name',
    description: 'What `price` is: `mid`, `last` or `mark`',
    nullWhen: 'there is no `price`',
    source: 'as `price`',
    since,
    group: 'price',
    format: 'name',
    example: 'mid',
  },
  bid: {
    ...quotedPrice,
    id: 0,
    column: 'bid',
    near: null,
    title: 'Bid',
    description: 'Best bid; 0 where nobody bids',
    example: 182.4,
  },
  ask: { ...quotedPrice, id: 1, column: 'ask', title: 'Ask', description: 'Best ask', example: 183.1 },
  last_price: {
    ...quotedPrice,
    id: 2,
    column: 'last',
    title: 'Last',
    description: 'Last trade',
    example: 182.75,
  },
  mark_price: {
    ...quotedPrice,
    id: 3,
    column: 'mark',
    title: 'Mark',
    description: "The venue's own valuation",
    example: 182.8,
  },
  bid_size: {
    ...quotedSize,
    id: 4,
    column: 'bid_size',
    title: 'Bid size',
    description: 'Quantity at the best bid',
    example: 450,
  },
  ask_size: {
    ...quotedSize,
    id: 5,
    column: 'ask_size',
    title: 'Ask size',
    description: 'Quantity at the best ask',
    example: 375,
  },
  volume: {
    ...quotedContracts,
    id: 6,
    column: 'volume',
    lists: true,
    title: 'Volume',
    description: 'Traded in the session so far',
    example: 152_300,
  },
  open_interest: {
    ...quotedContracts,
    id: 7,
    column: 'open_interest',
    lists: true,
    title: 'OI',
    description: 'Open interest',
    example: 48_120,
  },
  open_interest_change: {
    ...quotedContracts,
    id: 8,
    column: 'open_interest_change',
    lists: false,
    signed: true,
    title: 'OI change',
    description: 'Change of open interest since the previous close, as the source gives it',
    example: 1350,
  },
  previous_close: {
    ...quotedPrice,
    id: 9,
    column: 'previous_close',
    lists: false,
    near: null,
    title: 'Previous close',
    description: 'Premium at the previous close, as the source gives it',
    example: 171.2,
  },
  iv: {
    from: 'enricher',
    id: 10,
    near: 'call',
    resolution: { places: 5, perMagnitude: 0 },
    title: 'IV',
    value: 'nullable',
    unit: 'annualised fraction',
    description: 'Implied volatility (0.1234 is 12.34%)',
    nullWhen: '`iv_status` says why',
    source: 'Black-76 on the forward',
    since,
    group: 'volatility',
    format: 'volatility',
    example: 0.1291,
  },
  iv_status: {
    from: 'enricher',
    id: 16,
    near: 'call',
    resolution: null,
    otherwise: 'no_price',
    title: 'IV status',
    value: IV_STATUSES,
    unit: 'name',
    description:
      '`ok`; `from_twin` (in the money, with a time value within the tick or below intrinsic: the volatility of the ' +
      'out-of-the-money contract at that strike); or why `iv` is null: `no_price`, `last_outside_quote`, `no_forward`, ' +
      '`below_intrinsic`, `above_maximum`, `no_time_value` (also in the money within the tick, where the contract at ' +
      'that strike has no volatility either), `undetermined`, `expired`, `settlement_known` (the closing auction has ' +
      'given the price that contracts of the day settle at), `invalid_input`',
    nullWhen: null,
    source: 'convention',
    since,
    group: 'volatility',
    format: 'name',
    example: 'ok',
  },
  delta: {
    ...greek,
    id: 11,
    resolution: { places: 5, perMagnitude: 0 },
    title: 'Delta',
    unit: 'per unit of the forward',
    description: 'Change of the premium with the forward',
    example: 0.53,
  },
  gamma: {
    ...greek,
    id: 12,
    resolution: { places: 3, perMagnitude: 1 },
    title: 'Gamma',
    unit: 'per unit of the forward, squared',
    description: 'Change of delta with the forward',
    example: 0.00078,
  },
  theta: {
    ...greek,
    id: 13,
    resolution: SENSITIVITY,
    title: 'Theta',
    unit: 'per calendar day',
    description: 'Change of the premium with time',
    example: -14.2,
  },
  vega: {
    ...greek,
    id: 14,
    resolution: SENSITIVITY,
    title: 'Vega',
    unit: 'per 1.00 of volatility',
    description: 'Change of the premium with volatility; divide by 100 for one volatility point',
    example: 1245.7,
  },
  rho: {
    ...greek,
    id: 15,
    resolution: SENSITIVITY,
    title: 'Rho',
    unit: 'per 1.00 of rate',
    description:
      'At a constant forward: -year_fraction x price, what discounting alone does. At a constant spot, as broker pages ' +
      'show it, it is `rho + year_fraction x forward x delta` (`rhoAtConstantSpot`)',
    example: -3.1,
  },
  buildup: {
    from: 'enricher',
    id: 17,
    near: null,
    resolution: null,
    title: 'Build-up',
    value: BUILDUPS,
    unit: 'name',
    description:
      'Move of premium and open interest since the previous close: both up `long_buildup`; down, up `short_buildup`; ' +
      'up, down `short_covering`; both down `long_unwinding`; either unchanged `neutral`',
    nullWhen: 'the previous close or the change of open interest is not known',
    source: 'convention',
    since,
    group: 'positioning',
    format: 'name',
    example: 'long_buildup',
  },
} as const satisfies Readonly<Record<string, ContractFigure>>;

export type ContractFigures = typeof CONTRACT_FIGURES;
export type ContractFigureName = keyof ContractFigures;

/** Names of the figures that someone gives. */
export type NameFrom<From extends ContractFigure['from']> = {
  [Name in ContractFigureName]: ContractFigures[Name]['from'] extends From ? Name : never;
}[ContractFigureName];

/** Names in the order in which they are shown. */
export const CONTRACT_FIGURE_NAMES = Object.keys(CONTRACT_FIGURES) as readonly ContractFigureName[];

/** Figures that chains carry, so that a delta may change them; the others follow from these. */
export type CarriedFigure = NameFrom<'venue' | 'enricher'>;
export const CARRIED_FIGURES = CONTRACT_FIGURE_NAMES.filter(
  (name): name is CarriedFigure => CONTRACT_FIGURES[name].from !== 'quotes',
);

/** Figures that follow from the quotes. */
export type RowFigureName = NameFrom<'quotes'>;

/** A contract is listed when its source gave any of these; otherwise only the other side has the strike. */
export const LISTING_FIGURES = CARRIED_FIGURES.filter((name) => {
  const figure: ContractFigure = CONTRACT_FIGURES[name];
  return figure.from === 'venue' && figure.lists;
});
