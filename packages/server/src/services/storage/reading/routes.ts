import {
  type ChainView,
  getChain,
  getMobileChain,
  getProduct,
  isoTime,
  listChains,
  listExpiries,
  listProducts,
  listTicks,
  toChainSummaryView,
  toChainView,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import type { Static } from 'typebox';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { qualityNow, type StaleChains } from '../../../kit/health/stale-chains.ts';
import { sendFields } from '../../../kit/responses/fields.ts';
import { readInstant, readItems, readPage } from '../../../kit/responses/page.ts';
import { offerTables, sendJsonBytes, wantsTable } from '../../../kit/responses/tables.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import type { Catalogue } from './catalogue.ts';
import type { ChainBytes } from './chain-bytes.ts';
import {
  chainFields,
  choosesContracts,
  chosenChain,
  chosenFigures,
  mobileFields,
  pointFields,
} from './chain-fields.ts';
import { contractRoutes } from './contract-routes.ts';
import { productChange, productView } from './product-view.ts';

type ChainQuery = Static<(typeof getChain)['schema']['querystring']>;

export interface DataRoutesPorts {
  readonly store: MarketReader;
  readonly catalogue: Catalogue;
  readonly chainBytes: ChainBytes;
  readonly platform?: StaleChains;
}

export function dataRoutes({ store, catalogue, chainBytes, platform }: DataRoutesPorts): FastifyPluginAsync {
  const expiryOf = async (product: string, expiry: string | undefined): Promise<string> => {
    if (expiry !== undefined) return (await catalogue.expiry(product, expiry)).expiry;
    return (await catalogue.chosen(product, null)).expiry;
  };

  const latestOf = async (product: string, asked: string | undefined) => {
    const expiry = await expiryOf(product, asked);
    const chain = await store.latest(product, expiry);
    if (chain === null) throw await missingChain(store, product, expiry, null);
    return chain;
  };

  /** A cached chain of a named expiry needs nothing but the cache. */
  const latestBytes = (product: string, asked: string | undefined): Uint8Array | Promise<Uint8Array> => {
    const named = asked === undefined ? null : chainBytes.cached(product, asked);
    return named instanceof Uint8Array ? named : sought(product, asked, named);
  };

  const sought = async (
    product: string,
    asked: string | undefined,
    named: null | Promise<Uint8Array | null>,
  ): Promise<Uint8Array> => {
    const held = await named;
    if (held !== null) return held;
    const expiry = await expiryOf(product, asked);
    const bytes =
      (asked === undefined ? await chainBytes.cached(product, expiry) : null) ??
      (await chainBytes.load(product, expiry));
    if (bytes === null) throw await missingChain(store, product, expiry, null);
    return bytes;
  };

  /** A chain of another time, some fields of one, or one that leaves as a table. */
  const chainView = async (product: string, query: ChainQuery, asTable: boolean, reply: FastifyReply) => {
    const fields = chainFields(query.fields);
    if (asTable && fields !== null && !choosesContracts(fields)) throw noContracts();
    const view =
      query.at === undefined
        ? (JSON.parse(Buffer.from(await latestBytes(product, query.expiry)).toString()) as ChainView)
        : toChainView(await chainAt(product, query.expiry, readInstant('at', query.at)));
    return fields === null ? view : sendFields(reply, chosenChain(view, fields));
  };

  const chainAt = async (product: string, asked: string | undefined, atMs: number) => {
    const { expiry } =
      asked === undefined ? await catalogue.chosen(product, atMs) : await catalogue.expiry(product, asked);
    const chain = await store.asOf(product, expiry, atMs);
    if (chain === null) throw await missingChain(store, product, expiry, atMs);
    return chain;
  };

  return async (plugin) => {
    offerTables(plugin);
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
      ...getChain,
      handler: (request, reply) => {
        const { product } = request.params;
        const { expiry, at, fields } = request.query;
        const asTable = wantsTable(request);
        if (at !== undefined || fields !== undefined || asTable) {
          return chainView(product, request.query, asTable, reply);
        }
        // What most callers ask for is held, and a promise would cost as much as all the rest.
        const bytes = latestBytes(product, expiry);
        if (bytes instanceof Promise) return bytes.then((found) => sendJsonBytes(reply, found));
        void sendJsonBytes(reply, bytes);
      },
    });

    app.route({
      ...listChains,
      handler: async ({ params: { product }, query }, reply) => {
        const page = readPage(query);
        const fields = pointFields(query.fields);
        const expiry = await expiryOf(product, query.expiry);
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

const noContracts = () =>
  new DeltaStreamError('invalid_request', 'querystring.fields: a table needs a field of contracts, e.g. iv');
