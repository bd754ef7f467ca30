import type { FigureBlockCodec } from '../../../../codec/figure-block.ts';
import type { HourBlocks } from '../../../rollups/hour-blocks.ts';
import { hourOf } from '../../../rollups/merge-figures.ts';
import type { RolledSource, RolledState } from '../../../rollups/rolled-reads.ts';
import { binaryArray } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import { instant } from '../../database/instants.ts';

/** Of a schema that an earlier release made, before a storage of this one has brought it up to date. */
const NOT_ROLLED: RolledState = { rolledTo: 0, rowsFrom: 0, late: null };

interface BlockRecord {
  readonly hour: number;
  readonly minutes: Buffer | null;
  readonly quarters: Buffer;
}

/** The figures of a series in PostgreSQL. `isRolled`: the schema has tables of roll-ups. */
export function createRolledSource(
  {
    session,
    schema,
    codec,
    isRolled,
  }: {
    readonly session: Session;
    readonly schema: string;
    readonly codec: FigureBlockCodec;
    readonly isRolled: boolean;
  },
  series: string,
  rows: Pick<RolledSource, 'lastRows' | 'rows'>,
): RolledSource {
  return {
    ...rows,
    series,
    codec,
    async state({ fromMs, toMs }) {
      if (!isRolled) return NOT_ROLLED;
      const { rows: found } = await session.query({
        name: 'state of a series',
        text: `SELECT (SELECT rolled_to FROM ${schema}.rollup_series WHERE series = $1),
                 (SELECT rows_from FROM ${schema}.retention), min(hour) AS first, max(hour) AS last
               FROM ${schema}.rollup_late WHERE series = $1 AND hour >= $2 AND hour < $3`,
        values: [series, instant(hourOf(fromMs)), instant(toMs)],
      });
      const { rolled_to, rows_from, first, last } = found[0];
      return {
        rolledTo: rolled_to ?? 0,
        rowsFrom: rows_from ?? 0,
        late: first === null ? null : { first, last },
      };
    },
    async blocks({ fromMs, toMs, limit, take }) {
      const { rows: found } = await session.query<BlockRecord>(
        `SELECT hour, minutes, quarters FROM ${schema}.rollup
         WHERE series = $1 AND hour >= $2 AND hour < $3
         ORDER BY hour ${take === 'last' ? 'DESC' : 'ASC'} LIMIT $4`,
        [series, instant(fromMs), instant(toMs), limit],
      );
      return take === 'last' ? found.reverse() : found;
    },
    async lastQuarters(ranges) {
      const { rows: found } = await session.query<HourBlocks>(
        `SELECT b.hour, NULL AS minutes, b.quarters
         FROM unnest($2::timestamptz[], $3::timestamptz[]) AS i (starts, ends)
         CROSS JOIN LATERAL (
           SELECT hour, quarters FROM ${schema}.rollup
           WHERE series = $1 AND hour >= i.starts AND hour < i.ends ORDER BY hour DESC LIMIT 1
         ) AS b ORDER BY b.hour`,
        [
          series,
          binaryArray(
            'timestamptz',
            ranges.map(({ fromMs }) => fromMs),
          ),
          binaryArray(
            'timestamptz',
            ranges.map(({ toMs }) => toMs),
          ),
        ],
      );
      return found;
    },
  };
}
