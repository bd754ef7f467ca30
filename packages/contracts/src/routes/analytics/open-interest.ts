import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { ContractView } from '../../market/contracts/contract-view.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, nullable } from '../../schemas/nullable.ts';
import { chainQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';

export const PcrPointView = Type.Object({
  timestamp: IsoTime,
  pcr_oi: NullableNumber,
  pcr_volume: NullableNumber,
});

export const getPcr = marketRoute('GET', '/api/analytics/pcr/:product', {
  summary: 'Put-call ratio: the latest and its history',
  description: '`interval` keeps the last snapshot of each interval; without it every snapshot is listed.',
  query: {
    ...chainQuery,
    ...orderedPageQuery,
    interval: Type.Optional(Type.Enum([...BAR_INTERVALS])),
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    timestamp: IsoTime,
    pcr_oi: NullableNumber,
    pcr_volume: NullableNumber,
    pcr_oi_change: NullableNumber,
    total_call_oi: NullableNumber,
    total_put_oi: NullableNumber,
    total_call_volume: NullableNumber,
    total_put_volume: NullableNumber,
    count: Type.Integer(),
    history: Type.Array(PcrPointView),
    next_cursor: NextCursor,
  }),
  table: listTable('history', PcrPointView),
});

export const PainPointView = Type.Object({
  strike: Type.Number(),
  pain: Type.Number({ description: 'Payout to holders at this settlement, currency x contracts' }),
});

export const getMaxPain = marketRoute('GET', '/api/analytics/max-pain/:product', {
  summary: 'Max pain of an expiry with the complete pain curve',
  query: chainQuery,
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    timestamp: IsoTime,
    spot_price: NullableNumber,
    max_pain_strike: NullableNumber,
    max_pain_ties: Type.Array(Type.Number()),
    null_reason: nullable(Type.String()),
    count: Type.Integer(),
    curve: Type.Array(PainPointView),
  }),
  table: listTable('curve', PainPointView),
});

export const BUILDUP_WINDOWS = ['session', '5m', '15m', '30m', '60m'] as const;

export const ContractBuildupView = Type.Object({
  strike: Type.Number(),
  side: Type.Enum([...SIDES]),
  price: NullableNumber,
  price_change: NullableNumber,
  open_interest: NullableNumber,
  open_interest_change: NullableNumber,
  buildup: ContractView.properties.buildup,
  null_reason: nullable(Type.String()),
});

export const getOiBuildup = marketRoute('GET', '/api/analytics/oi-buildup/:product', {
  summary: 'Open-interest build-up per contract over a window',
  description: '`session` compares with the previous close; the others with the stored snapshot that old.',
  query: {
    ...chainQuery,
    window: Type.Optional(Type.Enum([...BUILDUP_WINDOWS], { default: 'session' })),
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    timestamp: IsoTime,
    window: Type.Enum([...BUILDUP_WINDOWS]),
    baseline_timestamp: nullable(IsoTime),
    count: Type.Integer(),
    contracts: Type.Array(ContractBuildupView),
  }),
  table: listTable('contracts', ContractBuildupView),
});
