import {
  ContractChangeView,
  ContractQuoteView,
  getComparison,
  getContractDay,
  getFiguresByExpiry,
  getHistory,
  getOiByStrike,
  getOiHeatmap,
  getPremium,
  isoTime,
  PremiumPointView,
} from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { pickFields, readFields, sendFields } from '../../../kit/responses/fields.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { currentChains, newestChain } from '../reading/expiry-choice.ts';
import { readerAt } from '../reading/reader-as-of.ts';
import { comparison } from './comparison.ts';
import { contractDay } from './contract-day.ts';
import { figureHistory } from './figure-history.ts';
import { figuresByExpiry } from './figures-by-expiry.ts';
import { oiByStrike, oiHeatmap } from './oi-over-time.ts';
import { type PremiumBounds, premiumOverTime } from './premium.ts';

const namesOf = ({ properties }: { readonly properties: object }): ReadonlySet<string> =>
  new Set(Object.keys(properties));
const CONTRACT_CHANGE = namesOf(ContractChangeView);
const CONTRACT_QUOTE = namesOf(ContractQuoteView);
const PREMIUM_POINT = namesOf(PremiumPointView);

/** Sends an answer with some of the fields of its list, and those that say which item is which. */
function sendItems<Name extends string, Answer extends Record<Name, readonly object[]>>(
  reply: FastifyReply,
  answer: Answer,
  list: Name,
  fields: ReadonlySet<string> | null,
  identity: readonly string[],
): Answer {
  if (fields === null) return answer;
  const names = new Set([...identity, ...fields]);
  return sendFields(reply, { ...answer, [list]: answer[list].map((item) => pickFields(item, names)) });
}

/** Figures over time, and across the expiries of a product. */
export const historyRoutes =
  (store: MarketReader, bounds: PremiumBounds): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getHistory,
      handler: ({ params, query }) => figureHistory(readerAt(store, query.at), params.product, query, bounds),
    });

    app.route({
      ...getFiguresByExpiry,
      handler: async ({ params, query }) =>
        figuresByExpiry(
          await currentChains(readerAt(store, query.at), params.product, bounds.maxExpiryLagMs),
          query.figures,
        ),
    });

    app.route({
      ...getOiHeatmap,
      handler: ({ params, query }) => oiHeatmap(readerAt(store, query.at), params.product, query, bounds),
    });

    app.route({
      ...getOiByStrike,
      handler: ({ params, query }) => oiByStrike(readerAt(store, query.at), params.product, query, bounds),
    });

    app.route({
      ...getPremium,
      handler: async ({ params, query }, reply) => {
        const fields = readFields(query.fields, PREMIUM_POINT);
        const answer = await premiumOverTime(readerAt(store, query.at), params.product, query, bounds);
        return sendItems(reply, answer, 'points', fields, ['timestamp']);
      },
    });

    app.route({
      ...getComparison,
      handler: async ({ params, query }, reply) => {
        const fields = readFields(query.fields, CONTRACT_CHANGE);
        const beforeMs = readInstant('before', query.before);
        const reader = readerAt(readerAt(store, query.at), query.after);
        const after = await newestChain(reader, params.product, query.expiry, bounds.maxExpiryLagMs);
        if (beforeMs >= after.timestamp) {
          const latest = isoTime(after.timestamp);
          throw new DeltaStreamError('invalid_request', `querystring.before: is not before ${latest}`);
        }
        const before = await reader.asOf(after.product, after.expiry, beforeMs);
        if (before === null) {
          const what = `no chain of ${after.product} ${after.expiry} at or before ${query.before} is stored`;
          throw new DeltaStreamError('no_data', what);
        }
        const answer = comparison(before, after, query.by ?? 'open_interest', query.top ?? 20);
        return sendItems(reply, answer, 'contracts', fields, ['id', 'strike', 'side']);
      },
    });

    app.route({
      ...getContractDay,
      handler: async ({ params, query }, reply) => {
        const fields = readFields(query.fields, CONTRACT_QUOTE);
        const answer = await contractDay(
          readerAt(store, query.at),
          params.id,
          query.resolution ?? '1m',
          bounds,
        );
        return sendItems(reply, answer, 'quotes', fields, ['timestamp']);
      },
    });
  };
