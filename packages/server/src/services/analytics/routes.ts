import type { ProductFigures } from '@deltastream/contracts';
import type { FastifyPluginAsync } from 'fastify';
import { offerTables } from '../../kit/responses/tables.ts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';
import { barRoutes } from './bars/routes.ts';
import { historyRoutes } from './history/routes.ts';
import type { SeriesBounds } from './history/series-bounds.ts';
import { positioningRoutes } from './positioning/routes.ts';
import type { ProductSources } from './product-figures/product-figures.ts';
import { productFigureRoutes } from './product-figures/routes.ts';
import { type VolatilityOptions, volatilityRoutes } from './volatility/routes.ts';

export interface AnalyticsRoutesOptions extends SeriesBounds, VolatilityOptions {
  readonly maxBaselineAgeMs: number;
  readonly products: ProductSources;
  readonly latestFigures: (product: string) => Promise<ProductFigures>;
  readonly onResponse: (route: string, seconds: number) => void;
}

export const analyticsRoutes =
  (store: MarketReader, options: AnalyticsRoutesOptions): FastifyPluginAsync =>
  async (app) => {
    offerTables(app);
    app.addHook('onResponse', async (request, reply) => {
      options.onResponse(request.routeOptions.url ?? '', reply.elapsedTime / 1000);
    });
    app.register(positioningRoutes(store, options));
    app.register(volatilityRoutes(store, options));
    app.register(barRoutes(store));
    app.register(productFigureRoutes(store, options.products, options.latestFigures, options));
    app.register(historyRoutes(store, options));
  };
