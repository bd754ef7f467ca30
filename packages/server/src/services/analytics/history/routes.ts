import { getFiguresByExpiry, getHistory } from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { unexpiredChains } from '../expiry-choice.ts';
import { readerAt } from '../reader-as-of.ts';
import { figureHistory } from './figure-history.ts';
import { figuresByExpiry } from './figures-by-expiry.ts';
import type { SeriesBounds } from './series-bounds.ts';

/** Figures over time, and across the expiries of a product. */
export const historyRoutes =
  (store: MarketReader, { maxAnswerCells }: SeriesBounds): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getHistory,
      handler: ({ params, query }) =>
        figureHistory(readerAt(store, query.at), params.product, query, maxAnswerCells),
    });

    app.route({
      ...getFiguresByExpiry,
      handler: async ({ params, query }) =>
        figuresByExpiry(await unexpiredChains(readerAt(store, query.at), params.product), query.figures),
    });
  };
