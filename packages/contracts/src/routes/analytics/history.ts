import Type from 'typebox';
import {
  CHAIN_FIGURE_NAMES,
  CHAIN_FIGURES,
  type ChainFigureName,
  HISTORY_FIGURES,
  type HistoryFigure,
} from '../../figures/chain-figures.ts';
import { figureProperties } from '../../figures/schema.ts';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { OutdatedExpiries } from '../../market/product-figures.ts';
import { listTable } from '../../market/table.ts';
import { ChainSummaryView, IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { atQuery, chainQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';

/** Which snapshots a series shows. */
export const resolutionQuery = {
  resolution: Type.Optional(
    Type.Enum([...BAR_INTERVALS], {
      description:
        'The last snapshot of each interval, aligned to the session as bars are; without it every snapshot',
    }),
  ),
} as const;

const figuresQuery = (description: string, examples: string[]) =>
  Type.String({ minLength: 1, maxLength: 1000, description, examples });

/** Figures that a request may ask for; what it did not ask for is not there. TypeBox infers no type of such a choice. */
type AskedFigures = Record<HistoryFigure, Type.TOptional<typeof NullableNumber>>;

export const HistoryPointView = Type.Object({
  timestamp: IsoTime,
  ...(Type.Partial(Type.Pick(ChainSummaryView, [...HISTORY_FIGURES])).properties as unknown as AskedFigures),
});

export const getHistory = marketRoute('GET', '/api/analytics/history/:product', {
  summary: 'Any figures of an expiry over time, on one axis',
  description:
    'The figures that are kept of every snapshot (`history` of the catalogue). Why one is null, the chain as of that ' +
    'instant says.',
  query: {
    figures: figuresQuery('Names of figures, by comma', ['pcr_oi,max_pain_strike,atm_iv']),
    ...chainQuery,
    ...resolutionQuery,
    ...orderedPageQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    resolution: nullable(Type.Enum([...BAR_INTERVALS])),
    count: Type.Integer(),
    points: Type.Array(HistoryPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('points', HistoryPointView),
});

/** Figures of which a chain has one value each. */
const SINGLE_FIGURES = CHAIN_FIGURE_NAMES.filter(
  (name): name is Exclude<ChainFigureName, 'max_pain_ties'> => CHAIN_FIGURES[name].value !== 'numbers',
);

export const ExpiryFiguresView = Type.Object({
  expiry: ExpiryDate,
  timestamp: IsoTime,
  ...(Type.Partial(Type.Pick(ChainSummaryView, SINGLE_FIGURES)).properties as unknown as AskedFigures),
});

const { quotes_as_of, open_interest_as_of } = CHAIN_FIGURES;
/** Of what is of several expiries; null where one of them does not know. */
const OldestAsOf = figureProperties({
  quotes_as_of: { ...quotes_as_of, description: 'The oldest of the expiries; null where one is' },
  open_interest_as_of: {
    ...open_interest_as_of,
    description: 'The oldest of the expiries; null where one is',
  },
});

export const getFiguresByExpiry = marketRoute('GET', '/api/analytics/by-expiry/:product', {
  summary: 'Figures of every unexpired expiry at one instant, and the put-call ratio of all of them',
  description:
    'Each from the latest snapshot of its expiry, as its `timestamp` says; `oldest_timestamp` is that of the oldest.',
  query: {
    figures: Type.Optional(
      figuresQuery(
        'Names of figures of a chain, by comma; without it the put-call ratios, max pain and totals',
        ['pcr_oi,max_pain_strike'],
      ),
    ),
    ...atQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    timestamp: IsoTime,
    oldest_timestamp: IsoTime,
    ...OldestAsOf,
    total_call_oi: NullableNumber,
    total_put_oi: NullableNumber,
    pcr_oi: NullableNumber,
    total_call_volume: NullableNumber,
    total_put_volume: NullableNumber,
    pcr_volume: NullableNumber,
    null_reasons: Type.Record(Type.String(), Type.String(), {
      description: 'Why a figure is null: of all expiries by its name, of one by `expiry.name`',
    }),
    count: Type.Integer(),
    expiries: Type.Array(ExpiryFiguresView),
    outdated_expiries: OutdatedExpiries,
  }),
  table: listTable('expiries', ExpiryFiguresView),
});
