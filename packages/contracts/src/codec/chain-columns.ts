import { type ColumnName, ENRICHED_COLUMNS, SIDES } from '../market/columns.ts';

const INDEX = new Map(ENRICHED_COLUMNS.map((name, index) => [name, index]));
const indexOf = (name: ColumnName): number => INDEX.get(name) ?? -1;

/**
 * Which earlier column predicts each: the prices of a side lie near its bid, and a put's figures near
 * its call's, because both come from one volatility. -1 where there is none.
 */
export const REFERENCES: readonly number[] = ENRICHED_COLUMNS.map((name) => {
  const [side, ...rest] = name.split('_');
  const figure = rest.join('_');
  if (['ask', 'last', 'mark'].includes(figure)) return indexOf(`${side}_bid` as ColumnName);
  const derived = ['iv', 'delta', 'gamma', 'theta', 'vega', 'rho', 'iv_status'].includes(figure);
  return side === 'put' && derived ? indexOf(`call_${figure}` as ColumnName) : -1;
});

const QUOTED = SIDES.map((side) =>
  (['bid', 'ask', 'last', 'mark', 'open_interest', 'volume'] as const).map((name) =>
    indexOf(`${side}_${name}`),
  ),
);

/** Contracts that the source gave any price, volume or open interest for; a strike may list one side only. */
export function countQuotes(values: Float64Array, count: number): number {
  let quotes = 0;
  for (const columns of QUOTED) {
    for (let row = 0; row < count; row++) {
      for (const column of columns) {
        if (Number.isNaN(values[column * count + row])) continue;
        quotes++;
        break;
      }
    }
  }
  return quotes;
}
