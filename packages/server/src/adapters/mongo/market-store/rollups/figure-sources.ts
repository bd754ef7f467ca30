import { HISTORY_FIGURES } from '@deltastream/contracts';
import type { Db } from 'mongodb';
import type { FigureBlockCodec } from '../../../../codec/figure-block.ts';
import { chainSeries as seriesOfChain } from '../../../rollups/figure-kinds.ts';
import { PRODUCT_NAMES } from '../../../rollups/figure-points.ts';
import { hourOf } from '../../../rollups/merge-figures.ts';
import type { RolledSource } from '../../../rollups/rolled-reads.ts';
import { type SnapshotDocument, snapshotCells } from '../documents.ts';
import { readMarks } from '../marks.ts';
import { readLastProductRows, readProductRows } from '../product-figures.ts';
import { chainSeries, inRange, lastOfIntervals } from '../series.ts';
import { blocksOf, hoursWithin, lateOf, retentionOf, rolledOf, rollupsOf } from './collections.ts';

/** Ranges of hours of which the last is asked for at the same time. */
const LANES = 4;

/** The time and some figures of a snapshot and of the one it replaced, and by which batches they may be seen. */
const withFigures = (figures: readonly string[]): Readonly<Record<string, 1>> =>
  Object.fromEntries(
    ['writer', 'batch', ...['at', ...figures].flatMap((name) => [name, `was.${name}`])].map((name) => [
      name,
      1,
    ]),
  );

/** The figures of the chains of an expiry. */
export async function chainSource(
  db: Db,
  codec: FigureBlockCodec,
  product: string,
  expiry: string,
): Promise<RolledSource> {
  const [marks, series] = await Promise.all([readMarks(db), chainSeries(db, product, expiry)]);
  return sourceOf(db, codec, seriesOfChain(product, expiry), {
    async rows(range) {
      const projection = withFigures(HISTORY_FIGURES);
      const documents = await inRange<SnapshotDocument>(db, marks, series, range, projection);
      return documents.map((document) => snapshotCells(document, HISTORY_FIGURES));
    },
    async lastRows(starts, toMs, chosen) {
      const figures = chosen.map((place) => HISTORY_FIGURES[place]);
      const projection = withFigures(figures);
      const documents = await lastOfIntervals<SnapshotDocument>(
        db,
        marks,
        series,
        { starts, toMs },
        projection,
      );
      return documents.map((document) => snapshotCells(document, figures));
    },
  });
}

/** Those of a product. */
export const productSource = (db: Db, codec: FigureBlockCodec, product: string): RolledSource =>
  sourceOf(db, codec, product, {
    rows: (range) => readProductRows(db, product, range),
    lastRows: (starts, toMs, chosen) =>
      readLastProductRows(
        db,
        product,
        { starts, toMs },
        chosen.map((place) => PRODUCT_NAMES[place]),
      ),
  });

function sourceOf(
  db: Db,
  codec: FigureBlockCodec,
  series: string,
  rows: Pick<RolledSource, 'lastRows' | 'rows'>,
): RolledSource {
  const late = (order: 1 | -1, fromMs: number, toMs: number) =>
    lateOf(db)
      .find(hoursWithin(series, hourOf(fromMs), toMs))
      .sort({ _id: order })
      .limit(1)
      .toArray();
  return {
    ...rows,
    series,
    codec,
    async state({ fromMs, toMs }) {
      // First how far it is rolled up: an hour is marked before.
      const [rolled, retention] = await Promise.all([
        rolledOf(db).findOne({ _id: series }),
        retentionOf(db).findOne({ _id: 'rows' }),
      ]);
      const [[first], [last]] = await Promise.all([late(1, fromMs, toMs), late(-1, fromMs, toMs)]);
      return {
        rolledTo: rolled?.rolled_to.getTime() ?? 0,
        rowsFrom: retention?.rows_from?.getTime() ?? 0,
        late:
          first === undefined || last === undefined
            ? null
            : { first: first.hour.getTime(), last: last.hour.getTime() },
      };
    },
    async blocks({ fromMs, toMs, limit, take }) {
      const found = await rollupsOf(db)
        .find(hoursWithin(series, fromMs, toMs))
        .sort({ _id: take === 'last' ? -1 : 1 })
        .limit(limit)
        .toArray();
      return (take === 'last' ? found.reverse() : found).map(blocksOf);
    },
    async lastQuarters(ranges) {
      const found = [];
      for (let i = 0; i < ranges.length; i += LANES) {
        const page = ranges.slice(i, i + LANES).map(({ fromMs, toMs }) =>
          rollupsOf(db)
            .find(hoursWithin(series, fromMs, toMs), { projection: { minutes: 0 } })
            .sort({ _id: -1 })
            .limit(1)
            .toArray(),
        );
        found.push(...(await Promise.all(page)).flat().map(blocksOf));
      }
      return found;
    },
  };
}
