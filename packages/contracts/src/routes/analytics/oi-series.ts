import Type from 'typebox';
import { BAR_INTERVALS } from '../../market/bars/bar-intervals.ts';
import { ExpiryDate, ProductSymbol } from '../../market/chain.ts';
import { ContractView } from '../../market/contracts/contract-view.ts';
import { listTable } from '../../market/table.ts';
import { IsoTime } from '../../market/views.ts';
import { NullableNumber, NullReasons, nullable } from '../../schemas/nullable.ts';
import { chainQuery, marketRoute, NextCursor, orderedPageQuery } from '../route.ts';
import { resolutionQuery } from './history.ts';
import { BUILDUP_WINDOWS, ContractBuildupView } from './open-interest.ts';

const NOT_LISTED = 'Null where the contract is not listed, or the source gives no open interest for it';
const OpenInterest = nullable(Type.Number({ description: `Contracts. ${NOT_LISTED}` }));
const head = { product: ProductSymbol, expiry: ExpiryDate, timestamp: IsoTime } as const;

export const StrikeInterestView = Type.Object({
  strike: Type.Number(),
  call_oi: OpenInterest,
  put_oi: OpenInterest,
  call_oi_change: nullable(Type.Number({ description: 'Since the previous close, as the source gives it' })),
  put_oi_change: NullableNumber,
  pcr_oi: nullable(Type.Number({ description: 'Null where there is no open interest of calls' })),
});

export const InterestBandView = Type.Object({
  width: Type.Integer({ description: 'Listed strikes on either side of the one at the money' }),
  low_strike: Type.Number(),
  high_strike: Type.Number(),
  call_oi: NullableNumber,
  put_oi: NullableNumber,
  pcr_oi: NullableNumber,
  null_reason: nullable(Type.String({ description: 'Why there is no put-call ratio' })),
});

export const getOiProfile = marketRoute('GET', '/api/analytics/oi-profile/:product', {
  summary: 'Open interest of an expiry by strike, its weighted strikes and the put-call ratio near the money',
  query: {
    ...chainQuery,
    bands: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,4}(,[0-9]{1,4}){0,9}$',
        default: '1,3,5,10',
        description:
          'Put-call ratios of so many strikes on either side of the one at the money, up to ten by comma',
      }),
    ),
  },
  response: Type.Object({
    ...head,
    spot_price: NullableNumber,
    forward: NullableNumber,
    atm_strike: NullableNumber,
    total_call_oi: NullableNumber,
    total_put_oi: NullableNumber,
    pcr_oi: NullableNumber,
    call_weighted_strike: nullable(
      Type.Number({ description: 'Mean strike of the calls, weighted by open interest' }),
    ),
    put_weighted_strike: nullable(
      Type.Number({ description: 'Mean strike of the puts, weighted by open interest' }),
    ),
    weighted_strike: nullable(
      Type.Number({ description: 'Mean strike of all contracts, weighted by open interest' }),
    ),
    null_reasons: NullReasons,
    bands: Type.Array(InterestBandView),
    count: Type.Integer(),
    strikes: Type.Array(StrikeInterestView),
  }),
  table: listTable('strikes', StrikeInterestView),
});

export const StrikeChangeView = Type.Object({
  strike: Type.Number(),
  call_oi: OpenInterest,
  call_oi_change: NullableNumber,
  call_buildup: ContractView.properties.buildup,
  put_oi: OpenInterest,
  put_oi_change: NullableNumber,
  put_buildup: ContractView.properties.buildup,
});

/** The classes in which something moved. */
export const MOVES = ['long_buildup', 'short_buildup', 'short_covering', 'long_unwinding'] as const;

export const getOiChange = marketRoute('GET', '/api/analytics/oi-change/:product', {
  summary: 'Change of open interest by strike over a window, and what moved most in each build-up class',
  description:
    '`session` compares with the previous close; the others with the stored snapshot that old. Why a contract has no ' +
    'change, `oi-buildup` says.',
  query: {
    ...chainQuery,
    window: Type.Optional(Type.Enum([...BUILDUP_WINDOWS], { default: 'session' })),
    top: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 5,
        description: 'Contracts of each class, by the size of the change',
      }),
    ),
  },
  response: Type.Object({
    ...head,
    window: Type.Enum([...BUILDUP_WINDOWS]),
    baseline_timestamp: nullable(IsoTime),
    call_oi_change: NullableNumber,
    put_oi_change: NullableNumber,
    pcr_oi_change: nullable(Type.Number({ description: 'put_oi_change / call_oi_change' })),
    null_reasons: NullReasons,
    movers: Type.Object(
      Object.fromEntries(MOVES.map((name) => [name, Type.Array(ContractBuildupView)])) as Record<
        (typeof MOVES)[number],
        Type.TArray<typeof ContractBuildupView>
      >,
    ),
    count: Type.Integer(),
    strikes: Type.Array(StrikeChangeView),
  }),
  table: listTable('strikes', StrikeChangeView),
});

const Cells = Type.Array(NullableNumber, { description: `By strike, in contracts. ${NOT_LISTED}` });

export const HeatmapColumnView = Type.Object({
  timestamp: IsoTime,
  spot_price: NullableNumber,
  call_oi: Cells,
  put_oi: Cells,
});

export const getOiHeatmap = marketRoute('GET', '/api/analytics/oi-heatmap/:product', {
  summary: 'Open interest of an expiry by strike and time',
  description:
    'The strikes are those around the money in the newest snapshot of the page. As a table it has a row for each ' +
    'strike and time. A snapshot that is not stored any more is left out.',
  query: {
    ...chainQuery,
    resolution: Type.Optional(
      Type.Enum([...BAR_INTERVALS], {
        default: '5m',
        description: 'The last snapshot of each interval, aligned to the session as bars are',
      }),
    ),
    width: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000,
        default: 20,
        description: 'Listed strikes on either side of the one at the money',
      }),
    ),
    ...orderedPageQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    resolution: Type.Enum([...BAR_INTERVALS]),
    strikes: Type.Array(Type.Number()),
    count: Type.Integer(),
    columns: Type.Array(HeatmapColumnView),
    next_cursor: NextCursor,
  }),
  table: {
    columns: ['timestamp', 'strike', 'call_oi', 'put_oi'],
    rows: ({ strikes, columns }) =>
      (columns as { timestamp: string; call_oi: unknown[]; put_oi: unknown[] }[]).flatMap(
        ({ timestamp, call_oi, put_oi }) =>
          (strikes as number[]).map((strike, i) => ({
            timestamp,
            strike,
            call_oi: call_oi[i],
            put_oi: put_oi[i],
          })),
      ),
  },
});

export const StrikePointView = Type.Object({ timestamp: IsoTime, ...StrikeInterestView.properties });

export const getOiByStrike = marketRoute('GET', '/api/analytics/oi-by-strike/:product', {
  summary: 'Open interest at chosen strikes of an expiry over time',
  description:
    'A row for each strike and snapshot; `limit` counts snapshots. A snapshot that is not stored any more is left out.',
  query: {
    ...chainQuery,
    strikes: Type.Optional(
      Type.String({
        pattern: '^[0-9]{1,12}(\\.[0-9]{1,8})?(,[0-9]{1,12}(\\.[0-9]{1,8})?){0,49}$',
        description:
          'Up to 50 strikes by comma; without it the five nearest the money in the newest snapshot',
        examples: ['24000,24100'],
      }),
    ),
    ...resolutionQuery,
    ...orderedPageQuery,
  },
  response: Type.Object({
    product: ProductSymbol,
    expiry: ExpiryDate,
    resolution: nullable(Type.Enum([...BAR_INTERVALS])),
    count: Type.Integer({ description: 'Snapshots' }),
    points: Type.Array(StrikePointView),
    next_cursor: NextCursor,
  }),
  table: listTable('points', StrikePointView),
});
