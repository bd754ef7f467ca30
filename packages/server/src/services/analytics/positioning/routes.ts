import {
  type EnrichedChain,
  getExposure,
  getExposureProfile,
  getMaxPain,
  getOiBuildup,
  getPcr,
  isoTime,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { readPage } from '../../../kit/responses/page.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { newestChain } from '../expiry-choice.ts';
import { readSummaries } from '../history/summary-pages.ts';
import { readerAt } from '../reader-as-of.ts';
import { exposureByStrike, exposureProfile } from './exposures.ts';
import { sessionBuildup, windowBuildup } from './oi-buildup.ts';
import { painCurve } from './pain-curve.ts';

const WINDOW_MS = { '5m': 300_000, '15m': 900_000, '30m': 1_800_000, '60m': 3_600_000 } as const;

/** Where the contracts of an expiry are held: open interest, put-call ratio, max pain, exposures. */
export const positioningRoutes =
  (
    store: MarketReader,
    { maxBaselineAgeMs }: { readonly maxBaselineAgeMs: number },
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getPcr,
      handler: async ({ params, query }) => {
        const page = readPage(query);
        const reader = readerAt(store, query.at);
        const chain = await newestChain(reader, params.product, query.expiry);
        const { items: points, nextCursor } = await readSummaries(reader, chain, query.interval, page);
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
        painCurve(await newestChain(readerAt(store, query.at), params.product, query.expiry)),
    });

    app.route({
      ...getExposure,
      handler: async ({ params, query }) =>
        exposureByStrike(
          await newestChain(readerAt(store, query.at), params.product, query.expiry),
          query.model ?? 'dealer_short_puts_long_calls',
        ),
    });

    app.route({
      ...getExposureProfile,
      handler: async ({ params, query }) =>
        exposureProfile(await newestChain(readerAt(store, query.at), params.product, query.expiry)),
    });

    app.route({
      ...getOiBuildup,
      handler: async ({ params, query }) => {
        const window = query.window ?? 'session';
        const chain = await newestChain(readerAt(store, query.at), params.product, query.expiry);
        const baseline =
          window === 'session' ? null : await baselineOf(store, chain, WINDOW_MS[window], maxBaselineAgeMs);
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
  };

/** The snapshot a window before the chain; null when the nearest one before that is too old to stand for it. */
async function baselineOf(
  store: MarketReader,
  chain: EnrichedChain,
  windowMs: number,
  maxAgeMs: number,
): Promise<EnrichedChain | null> {
  const wantedAt = chain.timestamp - windowMs;
  const found = await store.asOf(chain.product, chain.expiry, wantedAt);
  return found && found.timestamp >= wantedAt - maxAgeMs ? found : null;
}
