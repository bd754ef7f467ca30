import { PRODUCT_FIGURE_NAMES } from '@deltastream/contracts';
import type { StoredProductFigures } from '../../../../ports/stores/market/market-store.ts';
import { binaryArray, type Cell, type ColumnType } from '../../database/binary-arrays.ts';
import type { Session } from '../../database/connect.ts';
import { MINUTE_MS } from './batch.ts';

const COLUMNS: readonly (readonly [string, ColumnType, (figures: StoredProductFigures) => Cell])[] = [
  ['product', 'text', ({ product }) => product],
  ['minute', 'timestamptz', ({ timestamp }) => timestamp - (timestamp % MINUTE_MS)],
  ['ts', 'timestamptz', ({ timestamp }) => timestamp],
  ['as_of', 'timestamptz', ({ as_of }) => as_of],
  ['progress', 'double precision', ({ progress }) => progress],
  ...PRODUCT_FIGURE_NAMES.map(
    (name) => [name, 'double precision', ({ values }: StoredProductFigures) => values[name]] as const,
  ),
];

/**
 * Puts figures of different minutes; of those of one minute the later stay.
 *
 * @param unknown columns of figures that only a newer release knows; they would say what was before
 */
export async function putProductFigures(
  session: Session,
  schema: string,
  figures: readonly StoredProductFigures[],
  unknown: readonly string[],
): Promise<void> {
  if (figures.length === 0) return;
  const names = COLUMNS.map(([name]) => `"${name}"`);
  const set = names.slice(2).map((name) => `${name} = excluded.${name}`);
  await session.query({
    name: 'put product figures',
    text: `INSERT INTO ${schema}.product_figures AS held (${names.join(', ')})
           SELECT * FROM unnest(${COLUMNS.map(([, type], i) => `$${i + 1}::${type}[]`).join(', ')})
           ON CONFLICT (product, minute) DO UPDATE
           SET ${[...set, ...unknown.map((name) => `"${name}" = NULL`)].join(', ')}
           WHERE (excluded.ts, excluded.progress) >= (held.ts, held.progress)`,
    values: COLUMNS.map(([, type, of]) => binaryArray(type, figures.map(of))),
  });
}
