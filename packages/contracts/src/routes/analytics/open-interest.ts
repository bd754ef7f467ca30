import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { SIDES } from '../../market/columns.ts';
import { ContractView } from '../../market/contracts/contract-view.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { nullable } from '../../nullable.ts';
import {
  atQuery,
  ExpiryQuery,
  NextCursor,
  orderedPageQuery,
  ProductParams,
  problems,
  route,
} from '../route.ts';

const NullableNumber = nullable(Type.Number());
const tags = ['analytics'];
const failures = problems('invalid_request', 'unknown_product', 'unknown_expiry', 'no_data');

export const PcrPointView = Type.Object({
  timestamp: IsoTime,
  pcr_oi: NullableNumber,
  pcr_volume: NullableNumber,
});

export const getPcr = route({
  method: 'GET',
  url: '/api/analytics/pcr/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Put-call ratio: the latest and its history',
    description: '`interval` keeps the last snapshot of each interval; without it every snapshot is listed.',
    params: ProductParams,
    querystring: Type.Object(
      {
        ...ExpiryQuery.properties,
        ...atQuery,
        ...orderedPageQuery,
        interval: Type.Optional(Type.Enum([...BAR_INTERVALS])),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
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
      ...failures,
    },
  },
  table: listTable('history', PcrPointView),
});

export const PainPointView = Type.Object({
  strike: Type.Number(),
  pain: Type.Number({ description: 'Payout to holders at this settlement, currency x contracts' }),
});

export const getMaxPain = route({
  method: 'GET',
  url: '/api/analytics/max-pain/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Max pain of an expiry with the complete pain curve',
    params: ProductParams,
    querystring: Type.Object({ ...ExpiryQuery.properties, ...atQuery }, { additionalProperties: false }),
    response: {
      200: Type.Object({
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
      ...failures,
    },
  },
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

export const getOiBuildup = route({
  method: 'GET',
  url: '/api/analytics/oi-buildup/:product',
  access: { scope: 'market:read' },
  schema: {
    tags,
    summary: 'Open-interest build-up per contract over a window',
    description: '`session` compares with the previous close; the others with the stored snapshot that old.',
    params: ProductParams,
    querystring: Type.Object(
      {
        ...ExpiryQuery.properties,
        ...atQuery,
        window: Type.Optional(Type.Enum([...BUILDUP_WINDOWS], { default: 'session' })),
      },
      { additionalProperties: false },
    ),
    response: {
      200: Type.Object({
        product: ProductSymbol,
        expiry: ExpiryDate,
        timestamp: IsoTime,
        window: Type.Enum([...BUILDUP_WINDOWS]),
        baseline_timestamp: nullable(IsoTime),
        count: Type.Integer(),
        contracts: Type.Array(ContractBuildupView),
      }),
      ...failures,
    },
  },
  table: listTable('contracts', ContractBuildupView),
});
