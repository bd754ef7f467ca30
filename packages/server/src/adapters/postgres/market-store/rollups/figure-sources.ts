import { HISTORY_FIGURES } from '@deltastream/contracts';
import { createFigureBlockCodec } from '../../../../codec/figure-block.ts';
import { chainSeries } from '../../../rollups/figure-kinds.ts';
import { PRODUCT_NAMES } from '../../../rollups/figure-points.ts';
import type { Cells } from '../../../rollups/merge-figures.ts';
import type { RolledSource } from '../../../rollups/rolled-reads.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
import type { PostgresConnection, Session } from '../../database/connect.ts';
import { instant } from '../../database/instants.ts';
import { createFigureList } from '../schema.ts';
import { groupsOfTimes } from '../spans.ts';
import type { StoredRanges } from '../stored-ranges.ts';
import { createRolledSource } from './rolled-source.ts';

/** Intervals of which the last row is asked for at a time. */
const INTERVALS_AT_ONCE = 500;

/** The figures of series, as rows and as roll-ups. */
export function createFigureSources(
  connection: PostgresConnection,
  { isRolled, ofChain, inRange }: StoredRanges,
) {
  const { schema } = connection;
  const blocks = createFigureBlockCodec();
  const summaryColumns = createFigureList(connection, 'snapshot');
  const productColumns = createFigureList(connection, 'product_figures');

  /** The figures of a series, whose rows are the time and what `names` list. */
  const sourceOf = async (
    session: Session,
    series: string,
    rows: Pick<RolledSource, 'lastRows' | 'rows'>,
  ): Promise<RolledSource> =>
    createRolledSource({ session, schema, codec: blocks, isRolled: await isRolled(session) }, series, rows);

  const chainSource = (session: Session, product: string, expiry: string): Promise<RolledSource> =>
    sourceOf(session, chainSeries(product, expiry), {
      async rows(range) {
        const span = await ofChain(session, product, expiry, range, 'first_ts');
        const what = `ts${await summaryColumns.sql(session)} FROM ${schema}.snapshot WHERE true`;
        const found = await inRange<FigureRecord>(session, what, [product, expiry], span, range);
        return found.map((record) => cellsOf(record, HISTORY_FIGURES));
      },
      async lastRows(starts, toMs, chosen) {
        const figures = chosen.map((place) => HISTORY_FIGURES[place]);
        const span = await ofChain(session, product, expiry, { fromMs: starts[0], toMs }, 'first_ts');
        const ends = [...starts.slice(1), toMs];
        const first = ends.findIndex((end) => end > span.fromMs);
        if (first < 0) return [];
        const columns = await summaryColumns.sql(session, figures);
        const inside = starts.slice(first).filter((start) => start < span.toMs);
        const found: Cells[] = [];
        let at = first;
        for (const group of groupsOfTimes(inside, INTERVALS_AT_ONCE)) {
          const groupEnds = ends.slice(at, at + group.length);
          at += group.length;
          const { rows } = await session.query(
            `SELECT s.* FROM unnest($1::timestamptz[], $2::timestamptz[]) AS i (starts, ends)
             CROSS JOIN LATERAL (
               SELECT ts${columns} FROM ${schema}.snapshot
               WHERE product = $5 AND expiry = $6 AND ts >= i.starts AND ts < i.ends AND ts >= $3 AND ts < $4
               ORDER BY ts DESC LIMIT 1
             ) AS s ORDER BY s.ts`,
            [
              binaryArray('timestamptz', group),
              binaryArray('timestamptz', groupEnds),
              instant(group[0]),
              instant(groupEnds[groupEnds.length - 1]),
              product,
              expiry,
            ],
          );
          for (const row of rows) found.push(cellsOf(row, figures));
        }
        return found;
      },
    });

  const productSource = (session: Session, product: string): Promise<RolledSource> =>
    sourceOf(session, product, {
      async rows({ fromMs, toMs, limit, take }) {
        // By the minute, which the index has, and by the instant in it.
        const { rows } = await session.query(
          `SELECT ts, as_of, progress${await productColumns.sql(session)} FROM ${schema}.product_figures
           WHERE product = $1 AND minute > $2::timestamptz - interval '1 minute' AND minute < $3
             AND ts >= $2 AND ts < $3
           ORDER BY minute ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $4`,
          [product, instant(fromMs), instant(toMs), limit],
        );
        if (take === 'last') rows.reverse();
        return rows.map((row) => cellsOf(row, PRODUCT_NAMES));
      },
      async lastRows(starts, toMs, chosen) {
        const names = chosen.map((place) => PRODUCT_NAMES[place]);
        const figures = names.filter((name) => name !== 'as_of' && name !== 'progress');
        const columns = await productColumns.sql(session, figures);
        // By the minute, as above; of a minute there is one row.
        const { rows } = await session.query(
          `SELECT f.* FROM unnest($1::timestamptz[], $2::timestamptz[]) AS i (starts, ends)
           CROSS JOIN LATERAL (
             SELECT ts, as_of, progress${columns} FROM ${schema}.product_figures
             WHERE product = $3 AND minute > i.starts - interval '1 minute' AND minute < i.ends
               AND ts >= i.starts AND ts < i.ends
             ORDER BY minute DESC LIMIT 1
           ) AS f ORDER BY f.ts`,
          [
            binaryArray('timestamptz', starts),
            binaryArray('timestamptz', [...starts.slice(1), toMs]),
            product,
          ],
        );
        return rows.map((row) => cellsOf(row, names));
      },
    });

  return { chainSource, productSource };
}

type FigureRecord = { readonly ts: number } & Readonly<Record<string, number | null>>;

const cellsOf = (record: FigureRecord, names: readonly string[]): Cells => [
  record.ts,
  ...names.map((name) => record[name]),
];
