import {
  getSkew,
  getSmile,
  getSurface,
  getSurfaceFit,
  getTermStructure,
  getVolatilitySurface,
  isoTime,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { readPage } from '../../../kit/responses/page.ts';
import { sendJsonBytes, wantsTable } from '../../../kit/responses/tables.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { chooseExpiry, unexpiredChains, unexpiredExpiries } from '../expiry-choice.ts';
import { readerAt } from '../reader-as-of.ts';
import type { Surfaces } from './fitting/surfaces.ts';
import { skewView } from './skew.ts';
import { smileView } from './smile.ts';
import { surfaceSlice } from './surface-slice.ts';
import { surfaceBytes, surfaceFitView, surfaceView } from './surface-views.ts';
import { termStructureOf } from './term-structure.ts';

export interface VolatilityOptions {
  readonly surfaces: Surfaces;
}

/** Places of a curve unless the request says how many. */
const GRID = 41;

/** Volatility by strike and expiry. */
export const volatilityRoutes =
  (store: MarketReader, { surfaces }: VolatilityOptions): FastifyPluginAsyncTypebox =>
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
      handler: async ({ params, query }) => surfaceFitView(await surfaces.surface(params.product, query.at)),
    });

    app.route({
      ...getSurface,
      handler: async (request, reply) => {
        const { params, query } = request;
        const surface = await surfaces.surface(params.product, query.at);
        const places = query.grid ?? GRID;
        if (wantsTable(request)) return surfaceView(surface, places);
        return sendJsonBytes(reply, surfaceBytes(surface, places));
      },
    });

    app.route({
      ...getSmile,
      handler: async ({ params: { product }, query }) => {
        const reader = readerAt(store, query.at);
        const expiry = await chooseExpiry(reader, product, query.expiry);
        const surface = await surfaces.surface(product, query.at);
        const fitted = surface.slices.find((slice) => slice.expiry === expiry);
        const chain = await (fitted
          ? store.asOf(product, expiry, fitted.timestamp)
          : reader.latest(product, expiry));
        if (!chain) throw new DeltaStreamError('no_data', `no chain of ${product} ${expiry} is stored`);
        const slice = fitted ?? (await surfaces.alone(chain));
        return smileView(chain, slice, query.grid ?? GRID);
      },
    });

    app.route({
      ...getSkew,
      handler: async ({ params: { product }, query }) => {
        const page = readPage(query);
        const reader = readerAt(store, query.at);
        const expiry = await chooseExpiry(reader, product, query.expiry);
        return skewView(reader, product, await unexpiredExpiries(reader, product), expiry, page);
      },
    });
  };
