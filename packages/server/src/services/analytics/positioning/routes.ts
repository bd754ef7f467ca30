import {
  getExposure,
  getExposureProfile,
  getMaxPain,
  getOiBuildup,
  getOiChange,
  getOiProfile,
  getPcr,
  isoTime,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { exposureByStrike } from '../../../kit/chains/exposure-by-strike.ts';
import { readPage } from '../../../kit/responses/page.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { readSummaries } from '../history/summary-pages.ts';
import { newestChain } from '../reading/expiry-choice.ts';
import { readerAt } from '../reading/reader-as-of.ts';
import type { AnalyticsSettings } from '../settings.ts';
import { exposureProfile } from './exposures.ts';
import { buildupOver } from './oi-buildup.ts';
import { oiChange } from './oi-change.ts';
import { oiProfile } from './oi-profile.ts';
import { painCurve } from './pain-curve.ts';

/** Where the contracts of an expiry are held: open interest, put-call ratio, max pain, exposures. */
export const positioningRoutes =
  (
    store: MarketReader,
    { maxBaselineAgeMs, maxExpiryLagMs }: Pick<AnalyticsSettings, 'maxBaselineAgeMs' | 'maxExpiryLagMs'>,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getPcr,
      handler: async ({ params, query }) => {
        const page = readPage(query);
        const reader = readerAt(store, query.at);
        const chain = await newestChain(reader, params.product, query.expiry, maxExpiryLagMs);
        const { items: points, nextCursor } = await readSummaries(reader, chain, query.interval, page, [
          'pcr_oi',
          'pcr_volume',
        ]);
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
        painCurve(await newestChain(readerAt(store, query.at), params.product, query.expiry, maxExpiryLagMs)),
    });

    app.route({
      ...getExposure,
      handler: async ({ params, query }) =>
        exposureByStrike(
          await newestChain(readerAt(store, query.at), params.product, query.expiry, maxExpiryLagMs),
          query.model ?? 'dealer_short_puts_long_calls',
        ),
    });

    app.route({
      ...getExposureProfile,
      handler: async ({ params, query }) =>
        exposureProfile(
          await newestChain(readerAt(store, query.at), params.product, query.expiry, maxExpiryLagMs),
        ),
    });

    app.route({
      ...getOiBuildup,
      handler: async ({ params, query }) => {
        const { window = 'session' } = query;
        const reader = readerAt(store, query.at);
        const chain = await newestChain(reader, params.product, query.expiry, maxExpiryLagMs);
        const { baseline, contracts } = await buildupOver(reader, chain, window, maxBaselineAgeMs);
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
      ...getOiProfile,
      handler: async ({ params, query }) =>
        oiProfile(
          await newestChain(readerAt(store, query.at), params.product, query.expiry, maxExpiryLagMs),
          query.bands ?? '1,3,5,10',
        ),
    });

    app.route({
      ...getOiChange,
      handler: async ({ params, query }) => {
        const { window = 'session', top = 5 } = query;
        const reader = readerAt(store, query.at);
        const chain = await newestChain(reader, params.product, query.expiry, maxExpiryLagMs);
        const buildup = await buildupOver(reader, chain, window, maxBaselineAgeMs);
        return oiChange(chain, window, buildup, top);
      },
    });
  };
