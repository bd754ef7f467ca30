import {
  type Contract,
  ContractQuoteView,
  contractId,
  getContract,
  isoTime,
  LAST_INSTANT_MS,
  listContractQuotes,
  parseContractId,
  toContractQuoteView,
} from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { missingChain } from '../../../kit/chains/missing-chain.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { qualityNow, type StaleChains } from '../../../kit/health/stale-chains.ts';
import { pickFields, readFields, sendFields } from '../../../kit/responses/fields.ts';
import { ordered, readInstant, readItems, readPage } from '../../../kit/responses/page.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import type { Catalogue } from './catalogue.ts';

const QUOTE_FIELDS: ReadonlySet<string> = new Set(Object.keys(ContractQuoteView.properties));

/**
 * The routes of one contract; its quotes are read from the stored snapshots of its chain. The plugin that registers
 * them makes their tables.
 */
export function contractRoutes(
  store: MarketReader,
  catalogue: Catalogue,
  platform?: StaleChains,
): FastifyPluginAsync {
  /** Rejects with `invalid_request`, `unknown_product` or `unknown_expiry`. */
  const find = async (id: string): Promise<Contract> => {
    const contract = parseContractId(id);
    if (contract === null) {
      throw new DeltaStreamError('invalid_request', `params.id: ${id} is not the id of a contract`);
    }
    await catalogue.expiry(contract.product, contract.expiry);
    return contract;
  };

  return async (plugin) => {
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.route({
      ...getContract,
      handler: async ({ params, query }) => {
        const contract = await find(params.id);
        const atMs = query.at === undefined ? null : readInstant('at', query.at);
        const { product, expiry } = contract;
        const chain = await store.asOf(product, expiry, atMs ?? LAST_INSTANT_MS);
        if (chain === null) throw await missingChain(store, product, expiry, atMs);
        const quote = toContractQuoteView(chain, contract);
        if (quote === null) {
          throw new DeltaStreamError(
            'unknown_contract',
            `the chain of ${product} ${expiry} at ${isoTime(chain.timestamp)} does not list ${params.id}`,
          );
        }
        return {
          ...identity(contract),
          expiry_at: isoTime(chain.expiry_at),
          currency: chain.currency,
          lot_size: chain.lot_size,
          quality: [...chain.quality, ...(atMs === null ? qualityNow(chain, platform) : [])],
          ...quote,
        };
      },
    });

    app.route({
      ...listContractQuotes,
      handler: async ({ params, query }, reply) => {
        const contract = await find(params.id);
        const page = readPage(query);
        const fields = readFields(query.fields, QUOTE_FIELDS);
        const { product, expiry } = contract;
        const points = await readItems(
          { ...page, order: 'asc' },
          (range) => store.summaries(product, expiry, range),
          (point) => point.timestamp,
        );
        const quotes: ContractQuoteView[] = [];
        const [first, last] = [points.items[0], points.items.at(-1)];
        if (first !== undefined && last !== undefined) {
          const range = { fromMs: first.timestamp, toMs: last.timestamp + 1, limit: page.limit };
          for await (const chain of store.snapshots(product, expiry, range)) {
            const quote = toContractQuoteView(chain, contract);
            if (quote !== null) quotes.push(quote);
          }
        }
        const answer = { ...identity(contract), count: quotes.length, next_cursor: points.nextCursor };
        const listed = ordered(quotes, page);
        if (fields === null) return { ...answer, quotes: listed };
        const names = new Set(['timestamp', ...fields]);
        return sendFields(reply, { ...answer, quotes: listed.map((quote) => pickFields(quote, names)) });
      },
    });
  };
}

const identity = (contract: Contract) => ({ id: contractId(contract), ...contract });
