import {
  getSurfaceFit,
  getTermStructure,
  getVolatilitySurface,
  isoTime,
  type SurfaceFit,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { unexpiredChains } from '../expiry-choice.ts';
import { readerAt } from '../reader-as-of.ts';
import { surfaceFitView } from './surface-fit-view.ts';
import { surfaceSlice } from './surface-slice.ts';
import { termStructureOf } from './term-structure.ts';

/** Volatility by strike and expiry. */
export const volatilityRoutes =
  (
    store: MarketReader,
    { surface }: { readonly surface: (product: string) => Promise<SurfaceFit> },
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getVolatilitySurface,
      handler: async ({ params, query }) => {
        const chains = await unexpiredChains(readerAt(store, query.at), params.product);
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
        termStructureOf(await unexpiredChains(readerAt(store, query.at), params.product)),
    });

    app.route({
      ...getSurfaceFit,
      handler: async ({ params }) => surfaceFitView(await surface(params.product)),
    });
  };
