import { getOhlc, isoTime } from '@deltastream/contracts';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { readPage } from '../../../kit/responses/page.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { barReaderAt } from './bars-as-of.ts';
import { readBars } from './ohlc.ts';

/** Bars of the underlying over time. */
export const barRoutes =
  (store: MarketReader): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.route({
      ...getOhlc,
      handler: async ({ params, query }) => {
        const { product } = params;
        const page = readPage(query);
        const interval = query.interval ?? '1m';
        const reader = barReaderAt(store, query.at);
        const { items: bars, nextCursor } = await readBars(reader, product, interval, page);
        if (bars.length === 0) await requireKnown(store, product);
        return {
          product,
          interval,
          count: bars.length,
          bars: bars.map(({ start, open, high, low, close }) => ({
            start: isoTime(start),
            open,
            high,
            low,
            close,
          })),
          next_cursor: nextCursor,
        };
      },
    });
  };

async function requireKnown(store: MarketReader, product: string): Promise<void> {
  const known = (await store.products()).some((each) => each.product === product);
  if (!known) throw new DeltaStreamError('unknown_product', `there is no product ${product}`);
}
