import {
  getMobileChain,
  getProduct,
  isoTime,
  listChains,
  listExpiries,
  listProducts,
  listTicks,
  toChainSummaryView,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { qualityNow, type StaleChains } from '../../../kit/health/stale-chains.ts';
import { sendFields } from '../../../kit/responses/fields.ts';
import { readItems, readPage } from '../../../kit/responses/page.ts';
import { offerTables } from '../../../kit/responses/tables.ts';
import { chosenFigures, mobileFields, pointFields } from './chain-fields.ts';
import { type ChainRoutePorts, chainRoute } from './chain-route.ts';
import { contractRoutes } from './contract-routes.ts';
import { productChange, productView } from './product-view.ts';

export interface DataRoutesPorts extends ChainRoutePorts {
  readonly platform?: StaleChains;
}

export function dataRoutes({ platform, ...ports }: DataRoutesPorts): FastifyPluginAsync {
  const { store, catalogue } = ports;
  const latestOf = async (product: string, asked: string | undefined) => {
    const { expiry } = await catalogue.asked(product, asked, null);
    const chain = await store.latest(product, expiry);
    if (chain === null) throw await missingChain(store, product, expiry, null);
    return chain;
  };

  return async (plugin) => {
    offerTables(plugin);
    await plugin.register(chainRoute(ports));
    await plugin.register(contractRoutes(store, catalogue, platform));
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.route({
      ...listProducts,
      handler: async () => {
        const products = (await catalogue.products()).map(productView);
        return { count: products.length, products };
      },
    });

    app.route({
      ...getProduct,
      handler: async ({ params: { product: symbol } }) => {
        const product = await catalogue.product(symbol);
        const expiries = await catalogue.expiries(symbol);
        const nearest = expiries.length === 0 ? null : await catalogue.chosen(symbol, null);
        const chain = nearest === null ? null : await store.latest(symbol, nearest.expiry);
        return {
          ...productView(product),
          ...productChange(product),
          expiries: expiries.map(({ expiry }) => expiry),
          nearest_chain: chain === null ? null : toChainSummaryView(chain, qualityNow(chain, platform)),
        };
      },
    });

    app.route({
      ...listTicks,
      handler: async ({ params: { product }, query }) => {
        const page = readPage(query);
        await catalogue.product(product);
        const { items, nextCursor } = await readItems(
          page,
          (range) => store.ticks(product, range),
          (tick) => tick.timestamp,
        );
        const ticks = items.map(({ timestamp, price }) => ({ timestamp: isoTime(timestamp), price }));
        return { product, count: ticks.length, ticks, next_cursor: nextCursor };
      },
    });

    app.route({
      ...listExpiries,
      handler: async ({ params: { product } }) => {
        const expiries = (await catalogue.expiries(product)).map((each) => ({
          expiry: each.expiry,
          expiry_at: isoTime(each.expiryAt),
          first_timestamp: isoTime(each.firstTimestamp),
          last_timestamp: isoTime(each.lastTimestamp),
        }));
        return { product, count: expiries.length, expiries };
      },
    });

    app.route({
      ...listChains,
      handler: async ({ params: { product }, query }, reply) => {
        const page = readPage(query);
        const fields = pointFields(query.fields);
        const { expiry } = await catalogue.asked(product, query.expiry, null);
        const { items, nextCursor } = await readItems(
          page,
          (range) => store.summaries(product, expiry, range),
          (point) => point.timestamp,
        );
        const chains = items.map((point) => ({ ...point, timestamp: isoTime(point.timestamp) }));
        const answer = { product, expiry, count: chains.length, chains, next_cursor: nextCursor };
        if (fields === null) return answer;
        return sendFields(reply, { ...answer, chains: chains.map((point) => chosenFigures(point, fields)) });
      },
    });

    app.route({
      ...getMobileChain,
      handler: async ({ params: { product }, query }, reply) => {
        const fields = mobileFields(query.fields);
        const chain = await latestOf(product, query.expiry);
        const view = toChainSummaryView(chain, qualityNow(chain, platform));
        return fields === null ? view : sendFields(reply, chosenFigures(view, fields));
      },
    });
  };
}
