import {
  type BarInterval,
  type EnrichedChain,
  getExposure,
  getExposureProfile,
  getMaxPain,
  getOhlc,
  getOiBuildup,
  getPcr,
  getSurfaceFit,
  getTermStructure,
  getVolatilitySurface,
  isoTime,
  type SurfaceFit,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import { type PageRange, readInstant, readPage } from '../../kit/responses/page.ts';
import { answerTables } from '../../kit/responses/tables.ts';
import type { ListRange, MarketReader } from '../../ports/market-store.ts';
import { chooseExpiry, unexpiredChains } from './expiry-choice.ts';
import { exposureByStrike, exposureProfile } from './exposures.ts';
import { intervalStart } from './interval-start.ts';
import { readBars } from './ohlc.ts';
import { sessionBuildup, windowBuildup } from './oi-buildup.ts';
import { painCurve } from './pain-curve.ts';
import { everySnapshot, lastOfEachInterval } from './pcr-history.ts';
import { type ChainReader, readerAsOf } from './reader-as-of.ts';
import { surfaceFitView } from './surface-fit-view.ts';
import { surfaceSlice } from './surface-slice.ts';
import { termStructureOf } from './term-structure.ts';

export interface AnalyticsRoutesOptions {
  readonly maxBaselineAgeMs: number;
  readonly surface: (product: string) => Promise<SurfaceFit>;
  readonly onAnswer: (route: string, seconds: number) => void;
}

const WINDOW_MS = { '5m': 300_000, '15m': 900_000, '30m': 1_800_000, '60m': 3_600_000 } as const;

export function analyticsRoutes(store: MarketReader, options: AnalyticsRoutesOptions): FastifyPluginAsync {
  const asOf = ({ at }: { readonly at?: string }): ChainReader =>
    readerAsOf(store, at === undefined ? null : readInstant('at', at));

  async function newestChain(
    reader: ChainReader,
    product: string,
    expiry: string | undefined,
  ): Promise<EnrichedChain> {
    const chosen = await chooseExpiry(reader, product, expiry);
    const chain = await reader.latest(product, chosen);
    if (!chain) throw new DeltaStreamError('no_data', `no chain of ${product} ${chosen} is stored`);
    return chain;
  }

  function readHistory(
    reader: ChainReader,
    chain: EnrichedChain,
    interval: BarInterval | undefined,
    page: PageRange,
  ) {
    const read = (range: ListRange) => reader.summaries(chain.product, chain.expiry, range);
    if (interval === undefined) return everySnapshot(read, page);
    return lastOfEachInterval(read, page, intervalStart(chain.product, interval));
  }

  return async (plugin) => {
    answerTables(plugin);
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.addHook('onResponse', async (request, reply) => {
      options.onAnswer(request.routeOptions.url ?? '', reply.elapsedTime / 1000);
    });

    app.route({
      ...getPcr,
      handler: async ({ params, query }) => {
        const page = readPage(query);
        const reader = asOf(query);
        const chain = await newestChain(reader, params.product, query.expiry);
        const { items: points, nextCursor } = await readHistory(reader, chain, query.interval, page);
        const { summary } = chain;
        return {
          product: chain.product,
          expiry: chain.expiry,
          timestamp: isoTime(chain.timestamp),
          pcr_oi: summary.pcr_oi,
          pcr_volume: summary.pcr_volume,
          pcr_oi_change: summary.pcr_oi_change,
          total_call_oi: summary.total_call_oi,
          total_put_oi: summary.total_put_oi,
          total_call_volume: summary.total_call_volume,
          total_put_volume: summary.total_put_volume,
          count: points.length,
          history: points.map(({ timestamp, pcr_oi, pcr_volume }) => ({
            timestamp: isoTime(timestamp),
            pcr_oi,
            pcr_volume,
          })),
          next_cursor: nextCursor,
        };
      },
    });

    app.route({
      ...getMaxPain,
      handler: async ({ params, query }) =>
        painCurve(await newestChain(asOf(query), params.product, query.expiry)),
    });

    app.route({
      ...getExposure,
      handler: async ({ params, query }) =>
        exposureByStrike(
          await newestChain(asOf(query), params.product, query.expiry),
          query.model ?? 'dealer_short_puts_long_calls',
        ),
    });

    app.route({
      ...getExposureProfile,
      handler: async ({ params, query }) =>
        exposureProfile(await newestChain(asOf(query), params.product, query.expiry)),
    });

    app.route({
      ...getOiBuildup,
      handler: async ({ params, query }) => {
        const window = query.window ?? 'session';
        const chain = await newestChain(asOf(query), params.product, query.expiry);
        const baseline =
          window === 'session' ? null : await baselineOf(store, chain, WINDOW_MS[window], options);
        const contracts =
          window === 'session'
            ? sessionBuildup(chain)
            : windowBuildup(chain, baseline, `no snapshot is stored from ${window} before`);
        return {
          product: chain.product,
          expiry: chain.expiry,
          timestamp: isoTime(chain.timestamp),
          window,
          baseline_timestamp: baseline ? isoTime(baseline.timestamp) : null,
          count: contracts.length,
          contracts,
        };
      },
    });

    app.route({
      ...getVolatilitySurface,
      handler: async ({ params, query }) => {
        const chains = await unexpiredChains(asOf(query), params.product);
        return {
          product: params.product,
          timestamp: isoTime(Math.max(...chains.map(({ timestamp }) => timestamp))),
          count: chains.length,
          expiries: chains.map(surfaceSlice),
        };
      },
    });

    app.route({
      ...getTermStructure,
      handler: async ({ params, query }) =>
        termStructureOf(await unexpiredChains(asOf(query), params.product)),
    });

    app.route({
      ...getSurfaceFit,
      handler: async ({ params }) => surfaceFitView(await options.surface(params.product)),
    });

    app.route({
      ...getOhlc,
      handler: async ({ params, query }) => {
        const { product } = params;
        const page = readPage(query);
        const interval = query.interval ?? '1m';
        const { items: bars, nextCursor } = await readBars(store, product, interval, page);
        if (bars.length === 0) await requireKnown(store, product);
        return {
          product,
          interval,
          count: bars.length,
          bars: bars.map(({ start, open, high, low, close }) => ({
            start: isoTime(start),
            open,
            high,
            low,
            close,
          })),
          next_cursor: nextCursor,
        };
      },
    });
  };
}

/** The snapshot a window before the chain; null when the nearest one before that is too old to stand for it. */
async function baselineOf(
  store: MarketReader,
  chain: EnrichedChain,
  windowMs: number,
  { maxBaselineAgeMs }: AnalyticsRoutesOptions,
): Promise<EnrichedChain | null> {
  const wantedAt = chain.timestamp - windowMs;
  const found = await store.asOf(chain.product, chain.expiry, wantedAt);
  return found && found.timestamp >= wantedAt - maxBaselineAgeMs ? found : null;
}

async function requireKnown(store: MarketReader, product: string): Promise<void> {
  const known = (await store.products()).some((each) => each.product === product);
  if (!known) throw new DeltaStreamError('unknown_product', `there is no product ${product}`);
}
