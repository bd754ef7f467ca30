import { CONTRACT_FIGURES, LISTING_FIGURES } from '../figures/contract-figures.ts';
import {
  CONTRACT_FIELDS,
  type ColumnName,
  ENRICHED_COLUMNS,
  FIELD_OF_COLUMN,
  SIDES,
} from '../market/columns.ts';

/**
 * Which earlier column predicts each: the prices of a side lie near its bid, and a put's figures near its call's,
 * because both come from one volatility. -1 where there is none.
 */
export const REFERENCES: readonly number[] = ENRICHED_COLUMNS.map((name) => {
  const of = FIELD_OF_COLUMN.get(name);
  if (of === undefined) return -1;
  const { near } = CONTRACT_FIGURES[of.field];
  if (near === 'bid') return ENRICHED_COLUMNS.indexOf(`${of.side}_bid`);
  if (near !== 'call' || of.side === 'call') return -1;
  return ENRICHED_COLUMNS.indexOf(name.replace('put_', 'call_') as ColumnName);
});

const QUOTED = SIDES.map((side) =>
  CONTRACT_FIELDS.filter((each) => each.side === side && LISTING_FIGURES.includes(each.field)).map(
    ({ source }) => ENRICHED_COLUMNS.indexOf(source),
  ),
);

/** Contracts that the source gave any price, volume or open interest for; a strike may list one side only. */
export function countQuotes(values: Float64Array, count: number): number {
  let quotes = 0;
  for (const columns of QUOTED) {
    for (let row = 0; row < count; row++) {
      let next = 0;
      while (next < columns.length && Number.isNaN(values[columns[next] * count + row])) next++;
      if (next < columns.length) quotes++;
    }
  }
  return quotes;
}
