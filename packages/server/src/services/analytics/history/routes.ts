import { getFiguresByExpiry, getHistory, getOiByStrike, getOiHeatmap } from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { unexpiredChains } from '../expiry-choice.ts';
import { readerAt } from '../reader-as-of.ts';
import { figureHistory } from './figure-history.ts';
import { figuresByExpiry } from './figures-by-expiry.ts';
import { oiByStrike, oiHeatmap } from './oi-over-time.ts';
import type { SeriesBounds } from './series-bounds.ts';

/** Figures over time, and across the expiries of a product. */
export const historyRoutes =
  (store: MarketReader, bounds: SeriesBounds): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getHistory,
      handler: ({ params, query }) =>
        figureHistory(readerAt(store, query.at), params.product, query, bounds.maxAnswerCells),
    });

    app.route({
      ...getFiguresByExpiry,
      handler: async ({ params, query }) =>
        figuresByExpiry(await unexpiredChains(readerAt(store, query.at), params.product), query.figures),
    });

    app.route({
      ...getOiHeatmap,
      handler: ({ params, query }) => oiHeatmap(readerAt(store, query.at), params.product, query, bounds),
    });

    app.route({
      ...getOiByStrike,
      handler: ({ params, query }) => oiByStrike(readerAt(store, query.at), params.product, query, bounds),
    });
  };
