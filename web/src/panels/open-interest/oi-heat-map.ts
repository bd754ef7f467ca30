import type { ResponseOf, Routes } from '@deltastream/client';

export type Heatmap = Pick<ResponseOf<Routes['getOiHeatmap']>, 'strikes' | 'columns'>;
export const HEAT_SIDES = { net: 'Net', call: 'Calls', put: 'Puts' } as const;
export type HeatSide = keyof typeof HEAT_SIDES;

/** Change of open interest of one strike up to one instant, in contracts; null where it is not known. */
export interface HeatCell {
  readonly column: number;
  readonly row: number;
  readonly change: number | null;
}

/**
 * Changes since the first column in which a strike has open interest, column by column. Net is puts less calls, null
 * unless both are known.
 */
export function heatCells({ strikes, columns }: Heatmap, side: HeatSide): readonly HeatCell[] {
  const bases = {
    call: strikes.map((_, row) => firstKnown(columns.map(({ call_oi }) => call_oi[row]))),
    put: strikes.map((_, row) => firstKnown(columns.map(({ put_oi }) => put_oi[row]))),
  };
  const changeOf = (of: 'call' | 'put', column: number, row: number): number | null => {
    const now = columns[column][`${of}_oi`][row];
    const base = bases[of][row];
    return now === null || base === null ? null : now - base;
  };
  return columns.flatMap((_, column) =>
    strikes.map((_, row) => {
      if (side !== 'net') return { column, row, change: changeOf(side, column, row) };
      const call = changeOf('call', column, row);
      const put = changeOf('put', column, row);
      return { column, row, change: call === null || put === null ? null : put - call };
    }),
  );
}

/** Whether open interest changed anywhere: without it the map is one colour, from which nothing can be read. */
export const hasChange = (cells: readonly HeatCell[]): boolean =>
  cells.some(({ change }) => change !== null && change !== 0);

const firstKnown = (values: readonly (number | null)[]): number | null =>
  values.find((value) => value !== null) ?? null;

/** Where a price lies among rows of strikes: 1.5 is the middle of the second and the third; null outside. */
export function rowOf(strikes: readonly number[], price: number | null): number | null {
  if (price === null) return null;
  const above = strikes.findIndex((strike) => strike >= price);
  if (above === -1) return null;
  if (strikes[above] === price) return above;
  if (above === 0) return null;
  const below = strikes[above - 1];
  return above - 1 + (price - below) / (strikes[above] - below);
}
