import {
  getSkew,
  getSmile,
  getSurface,
  getSurfaceFit,
  getTermStructure,
  getVolatilitySurface,
  isoTime,
  type SurfaceFit,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { readPage } from '../../../kit/responses/page.ts';
import { sendJsonBytes, wantsTable } from '../../../kit/responses/tables.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { type Lane, laneOf } from '../computing/lanes.ts';
import { chooseExpiry, currentChains, readExpiriesInUse } from '../reading/expiry-choice.ts';
import { readerAt } from '../reading/reader-as-of.ts';
import type { Surfaces } from './fitting/surfaces.ts';
import { createResponseBytes, type ResponseBytes } from './response-bytes.ts';
import { skewView } from './skew.ts';
import { smileView } from './smile.ts';
import { surfaceSlice } from './surface-slice.ts';
import { surfaceFitView, surfaceView } from './surface-views.ts';
import { termStructureOf } from './term-structure.ts';

export interface VolatilityOptions {
  readonly surfaces: Surfaces;
  readonly maxSurfaceJsonBytes: number;
  /** How far the newest chain of an expiry may be behind that of its product to be shown with the others. */
  readonly maxExpiryLagMs: number;
}

/** Places of a curve unless the request says how many. */
const GRID = 41;

/** Volatility by strike and expiry. */
export const volatilityRoutes =
  (
    store: MarketReader,
    { surfaces, maxSurfaceJsonBytes, maxExpiryLagMs }: VolatilityOptions,
  ): FastifyPluginAsyncTypebox =>
  async (app) => {
    const responses: Record<Lane, ResponseBytes> = {
      live: createResponseBytes(maxSurfaceJsonBytes),
      asOf: createResponseBytes(maxSurfaceJsonBytes),
    };

    app.route({
      ...getVolatilitySurface,
      handler: async ({ params, query }) => {
        const { current: chains } = await currentChains(
          readerAt(store, query.at),
          params.product,
          maxExpiryLagMs,
        );
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
        termStructureOf(await currentChains(readerAt(store, query.at), params.product, maxExpiryLagMs)),
    });

    app.route({
      ...getSurfaceFit,
      handler: async (request, reply) => {
        const { params, query } = request;
        const surface = await surfaces.surface(params.product, query.at);
        if (wantsTable(request)) return surfaceFitView(surface);
        const json = () => reply.serialize(surfaceFitView(surface)) as string;
        return sendJsonBytes(reply, await responses[laneOf(query.at)].get(surface, 'fit', json));
      },
    });

    app.route({
      ...getSurface,
      handler: async (request, reply) => {
        const { params, query } = request;
        const surface = await surfaces.surface(params.product, query.at);
        const places = query.grid ?? GRID;
        if (wantsTable(request)) return surfaceView(surface, places);
        const json = () => JSON.stringify(surfaceView(surface, places));
        return sendJsonBytes(reply, await responses[laneOf(query.at)].get(surface, `grid ${places}`, json));
      },
    });

    app.route({
      ...getSmile,
      handler: async (request, reply) => {
        const { params, query } = request;
        const { product } = params;
        const reader = readerAt(store, query.at);
        const expiry = await chooseExpiry(reader, product, query.expiry, maxExpiryLagMs);
        const sliceIn = ({ slices }: SurfaceFit) => slices.find((slice) => slice.expiry === expiry);
        /** An earlier surface, returned while the newest is fitted, has nothing of an expiry that was listed since. */
        const listedSince = async () => {
          if (query.at !== undefined) return undefined;
          const { current } = await readExpiriesInUse(reader, product, maxExpiryLagMs);
          const isOpen = current.some((each) => each.expiry === expiry);
          return isOpen ? sliceIn(await surfaces.newest(product)) : undefined;
        };
        const fitted = sliceIn(await surfaces.surface(product, query.at)) ?? (await listedSince());
        const bytes = responses[laneOf(query.at)];
        const name = `smile ${query.grid ?? GRID}`;
        const known = fitted && !wantsTable(request) ? bytes.cached(fitted, name) : undefined;
        if (known !== undefined) return sendJsonBytes(reply, known);
        const chain = await (fitted
          ? store.asOf(product, expiry, fitted.timestamp)
          : reader.latest(product, expiry));
        if (!chain) throw new DeltaStreamError('no_data', `no chain of ${product} ${expiry} is stored`);
        const slice = fitted ?? (await surfaces.alone(chain));
        const view = () => smileView(chain, slice, query.grid ?? GRID);
        if (wantsTable(request)) return view();
        return sendJsonBytes(reply, await bytes.get(slice, name, () => reply.serialize(view()) as string));
      },
    });

    app.route({
      ...getSkew,
      handler: async ({ params: { product }, query }) => {
        const page = readPage(query);
        const reader = readerAt(store, query.at);
        const expiry = await chooseExpiry(reader, product, query.expiry, maxExpiryLagMs);
        const { current } = await readExpiriesInUse(reader, product, maxExpiryLagMs);
        return skewView(reader, product, current, expiry, page);
      },
    });
  };
