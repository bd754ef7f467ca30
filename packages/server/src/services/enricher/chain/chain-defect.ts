import {
  CONTRACT_FIGURES,
  type ContractFigure,
  column,
  FIELD_OF_COLUMN,
  MAX_STRIKES,
  RAW_COLUMNS,
  type RawChain,
} from '@deltastream/contracts';

/** Columns that may be negative; every other cell is a price, a size or a count. */
const SIGNED: readonly boolean[] = RAW_COLUMNS.map((name) => {
  const of = FIELD_OF_COLUMN.get(name);
  const figure: ContractFigure | undefined = of && CONTRACT_FIGURES[of.field];
  return figure?.from === 'venue' && figure.signed;
});

/**
 * Why a chain cannot be enriched, naming column, strike and value; null when it can.
 * A crossed or one-sided quote is not a defect: it is flagged and kept.
 */
export function chainDefect(chain: RawChain): string | null {
  const { count } = chain.columns;
  if (count === 0) return 'chain has no strikes';
  if (count > MAX_STRIKES) return `chain has ${count} strikes, at most ${MAX_STRIKES} are taken`;
  const strikes = column(chain.columns, 'strike');
  for (let i = 0; i < count; i++) {
    if (!(strikes[i] > 0 && strikes[i] < Number.POSITIVE_INFINITY)) {
      return `strike ${strikes[i]} at row ${i} is not a positive number`;
    }
    if (i > 0 && strikes[i] <= strikes[i - 1]) {
      return `strike ${strikes[i]} at row ${i} does not ascend from ${strikes[i - 1]}`;
    }
  }
  for (let at = 1; at < RAW_COLUMNS.length; at++) {
    const row = badCell(chain.columns.values, at * count, count, SIGNED[at]);
    if (row >= 0) {
      return `${RAW_COLUMNS[at]} at strike ${strikes[row]} is ${chain.columns.values[at * count + row]}`;
    }
  }
  return null;
}

/** Row of the first cell of a column that no venue can have meant; -1 when there is none. NaN is "not given". */
function badCell(values: Float64Array, from: number, count: number, signed: boolean): number {
  const least = signed ? -Number.MAX_VALUE : 0;
  for (let row = 0; row < count; row++) {
    const cell = values[from + row];
    if (cell < least || cell > Number.MAX_VALUE) return row;
  }
  return -1;
}
