import { InstrumentView, isoTime, listInstruments, listListedProducts } from '@deltastream/contracts';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { pickFields, readFields, sendFields } from '../../../kit/responses/fields.ts';
import { readInstant } from '../../../kit/responses/page.ts';
import { offerTables } from '../../../kit/responses/tables.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { KeptPlaces } from './instrument-folder.ts';
import type { KeptLists } from './kept-lists.ts';

const FIELDS: ReadonlySet<string> = new Set(Object.keys(InstrumentView.properties));
/** What says which instrument it is. */
const IDENTITY = ['venue', 'id'] as const;
const DEFAULT_LIMIT = 500;

/**
 * What venues list and listed, from the files of the feed. Code of venues, and what checks the files, is loaded with the first
 * request.
 */
export function instrumentRoutes(
  kept: KeptPlaces,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): FastifyPluginAsync {
  let opened: Promise<KeptLists> | null = null;
  const lists = () => {
    opened ??= import('./kept-lists.ts').then(({ createKeptLists }) => createKeptLists(kept, logger));
    return opened.then((each) => each.read());
  };

  return async (plugin) => {
    offerTables(plugin);
    const app = plugin.withTypeProvider<TypeBoxTypeProvider>();

    app.route({
      ...listListedProducts,
      handler: async () => {
        const { listedProducts } = await import('./instrument-views.ts');
        const { masters, notRead } = await lists();
        const products = masters.flatMap((master) => listedProducts(master, clock.now()));
        return { count: products.length, products, venues_not_read: [...notRead] };
      },
    });

    app.route({
      ...listInstruments,
      handler: async ({ params: { product }, query }, reply) => {
        const views = await import('./instrument-views.ts');
        const fields = readFields(query.fields, FIELDS);
        const at = query.at === undefined ? clock.now() : readInstant('at', query.at);
        const after = query.cursor === undefined ? null : views.readCursor(query.cursor);
        if (query.cursor !== undefined && after === null)
          throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
        const { masters, notRead } = await lists();
        const { expiry, venue, kind, limit = DEFAULT_LIMIT } = query;
        const ofVenue = masters.filter((each) => venue === undefined || each.venue === venue);
        if (!ofVenue.some(({ contracts }) => contracts.some(({ symbol }) => symbol === product)))
          throw unlisted(product, venue, notRead);
        const listed = ofVenue.flatMap((master) => views.listedAt(master, product, at));
        if (listed.length === 0)
          throw new DeltaStreamError(
            'no_data',
            `no list that is kept shows a contract of ${product} at ${isoTime(at)}`,
          );
        if (expiry !== undefined && !listed.some(({ known }) => known.expiry === expiry))
          throw new DeltaStreamError(
            'unknown_expiry',
            `no expiry ${expiry} of ${product} is listed at ${isoTime(at)}`,
          );
        const found = listed
          .filter(({ known }) => expiry === undefined || known.expiry === expiry)
          .filter(({ known }) => kind === undefined || known.kind === kind)
          .map((contract) => ({ contract, rank: views.rankOf(contract) }))
          .filter(({ rank }) => after === null || views.compareRanks(rank, after) > 0)
          .sort((a, b) => views.compareRanks(a.rank, b.rank))
          .map(({ contract }) => contract);
        const page = found.slice(0, limit);
        const last = page.at(-1);
        const instruments = page.map(views.instrumentView);
        const answer = {
          ...{ product, at: isoTime(at), count: page.length, instruments },
          venues_not_read: [...notRead],
          next_cursor: found.length > limit && last !== undefined ? views.cursorAfter(last) : null,
        };
        if (fields === null) return answer;
        const names = new Set([...IDENTITY, ...fields]);
        return sendFields(reply, {
          ...answer,
          instruments: instruments.map((each) => pickFields(each, names)),
        });
      },
    });
  };
}

function unlisted(product: string, venue: string | undefined, notRead: readonly string[]): DeltaStreamError {
  const missing = notRead.length === 0 ? '' : `; the lists of ${notRead.join(', ')} cannot be read`;
  return new DeltaStreamError(
    'unknown_product',
    `no list of ${venue ?? 'a venue'} shows ${product}: lists are kept while --source follows a venue${missing}`,
  );
}
