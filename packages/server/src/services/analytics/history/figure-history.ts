import { type getHistory, HISTORY_FIGURES, isoTime } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { readFields } from '../../../kit/responses/fields.ts';
import { readPage } from '../../../kit/responses/page.ts';
import { chooseExpiry } from '../reading/expiry-choice.ts';
import type { ChainReader } from '../reading/reader-as-of.ts';
import { requireCells, type SeriesBounds } from './series-bounds.ts';
import { readSummaries } from './summary-pages.ts';

type Query = Static<typeof getHistory.schema.querystring>;
type Answer = Static<(typeof getHistory.schema.response)[200]>;

const KEPT: ReadonlySet<string> = new Set(HISTORY_FIGURES);

/** Figures that are kept of every snapshot, over time. Rejects as `chooseExpiry`, and with `invalid_request`. */
export async function figureHistory(
  reader: ChainReader,
  product: string,
  query: Query,
  { maxResponseCells: maxCells, maxExpiryLagMs }: SeriesBounds,
): Promise<Answer> {
  const page = readPage(query);
  const chosen = readFields(query.figures, KEPT, 'figures');
  const figures = HISTORY_FIGURES.filter((name) => chosen?.has(name));
  requireCells({ snapshots: page.limit, each: figures.length, of: 'figures', maxCells });
  const expiry = await chooseExpiry(reader, product, query.expiry, maxExpiryLagMs);
  const { resolution } = query;
  const { items, nextCursor } = await readSummaries(reader, { product, expiry }, resolution, page, figures);
  const points = items.map((point) => {
    const shown: Record<string, string | number | null> = { timestamp: isoTime(point.timestamp) };
    for (const name of figures) shown[name] = point[name];
    return shown as Answer['points'][number];
  });
  return {
    product,
    expiry,
    resolution: resolution ?? null,
    count: points.length,
    points,
    next_cursor: nextCursor,
  };
}
