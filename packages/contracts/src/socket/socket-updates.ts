import Type, { type Static } from 'typebox';
import { AlertFiringView } from '../alerts/alert-firing.ts';
import { SESSION_PHASES } from '../figures/chain-figures.ts';
import { Alert } from '../market/alert.ts';
import { Bar } from '../market/bars/bar.ts';
import { STORED_INTERVALS } from '../market/bars/bar-intervals.ts';
import { ChainSummary, ExpiryDate, Numbered, ProductSymbol, QualityFlag } from '../market/chain.ts';
import { CONTRACT_FIELDS, type DeltaColumn } from '../market/columns.ts';
import { SurfaceFit, SurfaceSlice } from '../market/surface.ts';
import { ChainSummaryView, ChainView, IsoTime } from '../market/views.ts';
import { FeedStatus, PlatformProblem, StaleProduct } from '../platform/platform-status.ts';
import { getExposure } from '../routes/analytics/exposures.ts';
import { NullableNumber, nullable } from '../schemas/nullable.ts';
import { Traceparent } from './subscription.ts';

/** In updates of a subscription with `trace`, where the newest message in it has one. */
const traced = { traceparent: Type.Optional(Traceparent) };

/** A price, in rooms `product:SYM`. `seq` rises by one per product within an `epoch`. */
export const PriceUpdate = Type.Object({
  product: ProductSymbol,
  price: Type.Number(),
  change: NullableNumber,
  change_pct: nullable(Type.Number({ description: 'Percent of the previous close' })),
  timestamp: IsoTime,
  epoch: Type.String(),
  seq: Type.Integer(),
  source: Type.String(),
  quality: Type.Array(QualityFlag),
  ...traced,
});
export type PriceUpdate = Static<typeof PriceUpdate>;

const inRoom = {
  room: Type.String({ description: 'The room of the subscription it belongs to' }),
  room_seq: Type.Integer({
    description:
      'Where to resume this room from. In a room of one expiry it is `seq`; in a room of all expiries, ' +
      'the number up to which every message of the product is contained in what was sent.',
  }),
  ...traced,
};

/** A chain as it is now: all of it, or all of the strikes that were asked for. */
export const ChainFull = Type.Object({
  kind: Type.Literal('full'),
  ...inRoom,
  ...ChainView.properties,
});
export type ChainFull = Static<typeof ChainFull>;

/**
 * One column of a delta, a cell for each of its `strikes`: new values (null where undefined); or steps on a
 * decimal grid, `{p, d}`: the value becomes (round(value * 10^p) + d) / 10^p, and null stays null; or, of a
 * put, the name of the call's column that has the same cells.
 */
export const DeltaCells = Type.Union([
  Type.Array(Type.Union([Type.Number(), Type.String(), Type.Null()])),
  Type.Object({ p: Type.Integer({ minimum: 0, maximum: 12 }), d: Type.Array(Type.Integer()) }),
  Type.String(),
]);
export type DeltaCells = Static<typeof DeltaCells>;

const deltaColumns = Object.fromEntries(
  CONTRACT_FIELDS.map(({ side, field }) => [`${side}_${field}`, Type.Optional(DeltaCells)]),
) as Record<DeltaColumn, Type.TOptional<typeof DeltaCells>>;

const { product, expiry, expiry_at, epoch, seq, timestamp, ...changeable } = ChainSummaryView.properties;

/** What changed of a chain since `from_seq`: figures, and contracts as columns. See `applyChainDelta`. */
export const ChainDelta = Type.Object({
  kind: Type.Literal('delta'),
  ...inRoom,
  product,
  expiry,
  epoch,
  from_seq: Type.Integer({ description: 'The state it applies to' }),
  seq,
  timestamp,
  cumulative: Type.Optional(
    Type.Literal(true, {
      description: 'Applies to any state of the epoch from `from_seq` on; in answers to `resume`',
    }),
  ),
  header: Type.Partial(Type.Object({ expiry_at, ...changeable }), { description: 'Figures that changed' }),
  strikes: Type.Array(Type.Number(), { description: 'Strikes with a contract that changed, ascending' }),
  columns: Type.Object(deltaColumns, { description: 'Columns with a cell that changed' }),
});
export type ChainDelta = Static<typeof ChainDelta>;

export const ChainUpdate = Type.Union([ChainFull, ChainDelta]);
export type ChainUpdate = Static<typeof ChainUpdate>;

/** The figures of a chain, without its contracts. */
export const ChainSummaryUpdate = Type.Object({ ...inRoom, ...ChainSummaryView.properties });
export type ChainSummaryUpdate = Static<typeof ChainSummaryUpdate>;

const { null_reasons, ...figureSchemas } = ChainSummary.properties;

/** Chosen figures of a chain. An `expiry` of null is left for figures of a product across its expiries. */
export const FiguresView = Type.Object({
  product,
  expiry: nullable(ExpiryDate),
  timestamp,
  epoch,
  seq,
  quality: ChainSummaryView.properties.quality,
  figures: Type.Partial(Type.Object(figureSchemas), {
    description: 'Those that were chosen, null where one cannot be computed',
  }),
  null_reasons,
});
export type FiguresView = Static<typeof FiguresView>;

/** Figures as they are now, in rooms `figures:SYM[:EXPIRY]`. */
export const FiguresUpdate = Type.Object({ ...inRoom, ...FiguresView.properties });
export type FiguresUpdate = Static<typeof FiguresUpdate>;

/** The exposures of a chain as REST shows them. */
export const ExposureView = Type.Object({
  ...getExposure.schema.response[200].properties,
  epoch,
  seq,
  quality: ChainSummaryView.properties.quality,
});
export type ExposureView = Static<typeof ExposureView>;

/** Exposures as they are now, in rooms `exposure:SYM[:EXPIRY]`. */
export const ExposureUpdate = Type.Object({ ...inRoom, ...ExposureView.properties });
export type ExposureUpdate = Static<typeof ExposureUpdate>;

const { start, open_at, close_at, interval, ...ohlc } = Bar.properties;

/** A bar as it stands; the last one of its start is final. */
export const BarUpdate = Type.Object({
  ...inRoom,
  ...ohlc,
  interval: Type.Enum([...STORED_INTERVALS]),
  start: IsoTime,
  open_at: IsoTime,
  close_at: IsoTime,
  partial: Type.Boolean({ description: 'True: ticks of this bar are missing here; REST has what is stored' }),
  epoch,
  seq,
});
export type BarUpdate = Static<typeof BarUpdate>;

/** The fitted volatility surface of a product; `seq` is that of the newest chain in it. */
export const SurfaceUpdate = Type.Object({
  ...SurfaceFit.properties,
  timestamp: IsoTime,
  slices: Type.Array(Type.Object({ ...SurfaceSlice.properties, timestamp: IsoTime })),
  ...traced,
});
export type SurfaceUpdate = Static<typeof SurfaceUpdate>;

/** An alert; every one is sent. */
export const AlertUpdate = Type.Object({
  ...inRoom,
  ...Alert.properties,
  product: ProductSymbol,
  timestamp: IsoTime,
});
export type AlertUpdate = Static<typeof AlertUpdate>;

/** What a rule of the account fired. */
export const OwnAlertUpdate = Type.Object({ ...inRoom, ...AlertFiringView.properties, ...Numbered });
export type OwnAlertUpdate = Static<typeof OwnAlertUpdate>;

export const GAP_REASONS = ['lost', 'history', 'epoch'] as const;

/** Messages of a room that were not, and will not be, delivered: `from` to `to` of an epoch, ends included. */
export const Gap = Type.Object({
  room: Type.String(),
  epoch: Type.String(),
  from: Type.Integer(),
  to: nullable(Type.Integer({ description: 'Null when it is not known how many there were' })),
  reason: Type.Enum([...GAP_REASONS], {
    description:
      'lost: they did not reach this server; history: the resume is older than what is kept; epoch: it is of another ' +
      'epoch, or ahead of this server. After the last two a snapshot follows.',
  }),
});
export type Gap = Static<typeof Gap>;

/** Whether data comes, and which of the named products are in session by their exchange's calendar. */
export const MarketStatus = Type.Object({
  status: Type.Enum(['live', 'interrupted'], { description: 'live: figures come' }),
  reason: nullable(Type.String({ description: 'Why they do not, in words, with the time since when' })),
  timestamp: IsoTime,
  since: Type.Optional(nullable(IsoTime)),
  feed: Type.Optional(FeedStatus),
  problems: Type.Optional(
    Type.Array(PlatformProblem, { description: 'What keeps data away first, then what else is wrong' }),
  ),
  stale: Type.Optional(Type.Array(StaleProduct)),
  sessions: Type.Record(Type.String(), Type.Enum(['open', 'closed']), {
    description: 'By symbol; products of which no session is known are left out',
  }),
  phases: Type.Record(Type.String(), Type.Enum([...SESSION_PHASES]), {
    description: 'By symbol as `sessions`: the phase of the trading day',
  }),
});
export type MarketStatus = Static<typeof MarketStatus>;

/** The newest price of every product that moved since the last one; columns, aligned with `products`. */
export const MarketSummary = Type.Object({
  timestamp: IsoTime,
  products: Type.Array(ProductSymbol),
  price: Type.Array(Type.Number()),
  change: Type.Array(NullableNumber),
  change_pct: Type.Array(NullableNumber),
});
export type MarketSummary = Static<typeof MarketSummary>;
