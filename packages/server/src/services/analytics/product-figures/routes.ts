import {
  getForecast,
  getProductFigures,
  getRank,
  getRealisedVolatility,
  getVolatilityIndex,
  isoTime,
  listProductFigures,
  PRODUCT_FIGURE_NAMES,
  type ProductFigures,
  ProductFiguresPointView,
  ProductFiguresView,
  VOLATILITY_HORIZONS,
  VOLATILITY_MODELS,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { pickFields, readFields, sendFields } from '../../../kit/responses/fields.ts';
import { readItems, readPage } from '../../../kit/responses/page.ts';
import { wantsTable } from '../../../kit/responses/tables.ts';
import type { ListRange, MarketReader } from '../../../ports/stores/market/market-store.ts';
import { laneOf } from '../computing/lanes.ts';
import { requireCells, type SeriesBounds } from '../history/series-bounds.ts';
import { lastOfIntervals } from '../history/summary-pages.ts';
import { readExpiriesInUse } from '../reading/expiry-choice.ts';
import { readerAt } from '../reading/reader-as-of.ts';
import { type ProductPoints, productPoints } from './expiry-points.ts';
import { impliedVolatilities } from './implied-volatilities.ts';
import { type ProductSources, productFigures, productFiguresView, riskPremium } from './product-figures.ts';
import { rankedVolatility } from './rank.ts';
import { realisedWindows } from './realised-volatilities.ts';
import { HISTORY_SESSIONS } from './sessions/session-history.ts';
import { yearOf } from './sessions/sessions.ts';
import { venueIndex } from './venue-index.ts';
import { volatilityIndices } from './volatility-indices.ts';

const FIELDS: ReadonlySet<string> = new Set(Object.keys(ProductFiguresView.properties));
const POINT_FIELDS: ReadonlySet<string> = new Set(Object.keys(ProductFiguresPointView.properties));
const IDENTITY = ['product', 'timestamp'] as const;

/** Figures of a product, across its expiries and sessions. */
export const productFigureRoutes =
  (
    store: MarketReader,
    sources: ProductSources,
    latest: (product: string) => Promise<ProductFigures>,
    { maxResponseCells }: Pick<SeriesBounds, 'maxResponseCells'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { history, forecasts, maxExpiryLagMs } = sources;
    const headOf = ({ product, timestamp, asOf }: ProductPoints) => ({
      product,
      timestamp: isoTime(timestamp),
      as_of: isoTime(asOf),
    });

    app.route({
      ...getProductFigures,
      handler: async ({ params, query }, reply) => {
        const fields = readFields(query.fields, FIELDS);
        const view = productFiguresView(
          query.at === undefined
            ? await latest(params.product)
            : await productFigures(sources, readerAt(store, query.at), params.product, 'asOf'),
        );
        if (fields === null) return view;
        const chosen = pickFields(view, new Set([...IDENTITY, ...fields]));
        return wantsTable(reply.request) ? (chosen as typeof view) : sendFields(reply, chosen);
      },
    });

    app.route({
      ...listProductFigures,
      handler: async ({ params: { product }, query }, reply) => {
        const fields = readFields(query.fields, POINT_FIELDS);
        const page = readPage(query);
        const each = fields?.size ?? POINT_FIELDS.size;
        requireCells({ snapshots: page.limit, each, of: 'figures', maxCells: maxResponseCells });
        const read = (range: ListRange) => store.productFigures(product, range);
        const named = PRODUCT_FIGURE_NAMES.filter((name) => fields?.has(name) ?? true);
        const { items, nextCursor } =
          query.resolution === undefined
            ? await readItems(page, read, ({ timestamp }) => timestamp)
            : await lastOfIntervals(product, query.resolution, page, {
                all: read,
                last: (starts, toMs) => store.lastProductFigures(product, starts, toMs, named),
              });
        if (items.length === 0) await readExpiriesInUse(store, product, maxExpiryLagMs);
        const figures = items.map(({ timestamp, as_of, values }) => ({
          timestamp: isoTime(timestamp),
          as_of: isoTime(as_of),
          ...values,
        }));
        const listed = { product, count: figures.length, figures, next_cursor: nextCursor };
        if (fields === null) return listed;
        const names = new Set(['timestamp', ...fields]);
        const chosen = { ...listed, figures: figures.map((point) => pickFields(point, names)) };
        return wantsTable(reply.request) ? (chosen as typeof listed) : sendFields(reply, chosen);
      },
    });

    app.route({
      ...getRank,
      handler: async ({ params, query }) => {
        const points = await productPoints(readerAt(store, query.at), params.product, maxExpiryLagMs);
        const figure = query.figure ?? 'iv_30d';
        const sessions = await history.closes(params.product, points.timestamp);
        const closes = sessions.flatMap(({ date, iv }) => {
          const close = iv[figure];
          return close === null ? [] : [{ date, iv: close }];
        });
        const iv = impliedVolatilities(points.expiries)[figure];
        const { reason, ...ranked } = rankedVolatility(
          iv,
          closes.map((close) => close.iv),
        );
        const { rank, percentile, low, high, observations } = ranked;
        const found = { figure, iv, rank, percentile, low, high, observations, null_reason: reason };
        return { ...headOf(points), ...found, count: closes.length, closes };
      },
    });

    app.route({
      ...getVolatilityIndex,
      handler: async ({ params, query }) => {
        const reader = readerAt(store, query.at);
        const points = await productPoints(reader, params.product, maxExpiryLagMs);
        const [indices, ofVenue] = await Promise.all([
          volatilityIndices(reader, points),
          venueIndex(reader, points, maxExpiryLagMs),
        ]);
        const of = (days: number) => indices.find((each) => each.days === days)?.index ?? null;
        const expiries = indices.flatMap(({ days, terms }) =>
          terms.map((term) => ({
            days,
            expiry: term.expiry,
            timestamp: isoTime(term.timestamp),
            year_fraction: term.yearFraction,
            variance: term.variance,
            forward: term.forward,
            centre_strike: term.centre,
            options_used: term.optionsUsed,
          })),
        );
        return {
          ...headOf(points),
          volatility_index_30d: of(30),
          volatility_index_9d: of(9),
          venue_volatility_index: ofVenue.value,
          null_reasons: Object.fromEntries([
            ...indices.flatMap(({ days, reason }) =>
              reason === null ? [] : [[`volatility_index_${days}d`, reason]],
            ),
            ...(ofVenue.reason === null ? [] : [['venue_volatility_index', ofVenue.reason]]),
          ]),
          count: expiries.length,
          expiries,
        };
      },
    });

    app.route({
      ...getRealisedVolatility,
      handler: async ({ params, query }) => {
        const points = await productPoints(readerAt(store, query.at), params.product, maxExpiryLagMs);
        const bars = await history.bars(params.product, points.timestamp);
        const year = yearOf(params.product);
        const windows = realisedWindows(bars, year);
        const { iv_30d } = impliedVolatilities(points.expiries);
        const [[, variance], [, volatility]] = riskPremium(iv_30d, windows);
        return {
          ...headOf(points),
          sessions_per_year: year,
          observations: bars.length,
          iv_30d,
          variance_risk_premium: variance,
          volatility_risk_premium: volatility,
          count: windows.length,
          windows,
        };
      },
    });

    app.route({
      ...getForecast,
      handler: async ({ params, query }) => {
        const points = await productPoints(readerAt(store, query.at), params.product, maxExpiryLagMs);
        const bars = await history.bars(params.product, points.timestamp);
        const found = await forecasts.of(bars, yearOf(params.product), laneOf(query.at));
        const rows = VOLATILITY_HORIZONS.flatMap((horizon) =>
          VOLATILITY_MODELS.map((model) => {
            const forecast = found.find((each) => each.model === model && each.horizon === horizon);
            return {
              model,
              horizon,
              volatility: forecast?.volatility ?? null,
              qlike: forecast?.qlike ?? null,
              qlike_of_last_value: forecast?.qlikeOfLastValue ?? null,
              r2: forecast?.r2 ?? null,
              evaluations: forecast?.evaluations ?? 0,
            };
          }),
        );
        return {
          ...headOf(points),
          sessions: Math.min(HISTORY_SESSIONS, Math.max(0, bars.length - 1)),
          null_reason: found.length > 0 ? null : 'too_few_sessions',
          count: rows.length,
          forecasts: rows,
        };
      },
    });
  };
