import { column, QUOTE_COLUMNS, type RawChain, SIDES } from '@deltastream/contracts';

/** Columns that may be negative; every other cell is a price, a size or a count. */
const SIGNED: ReadonlySet<string> = new Set(['open_interest_change']);

/**
 * Why a chain cannot be enriched, naming column, strike and value; null when it can.
 * A crossed or one-sided quote is no defect: it is flagged and kept.
 */
export function chainDefect(chain: RawChain): string | null {
  const { count } = chain.columns;
  if (count === 0) return 'chain has no strikes';
  const strikes = column(chain.columns, 'strike');
  for (let i = 0; i < count; i++) {
    if (!(strikes[i] > 0 && strikes[i] < Number.POSITIVE_INFINITY)) {
      return `strike ${strikes[i]} at row ${i} is not a positive number`;
    }
    if (i > 0 && strikes[i] <= strikes[i - 1]) {
      return `strike ${strikes[i]} at row ${i} does not ascend from ${strikes[i - 1]}`;
    }
  }
  for (const side of SIDES) {
    for (const name of QUOTE_COLUMNS) {
      const row = badCell(column(chain.columns, `${side}_${name}`), SIGNED.has(name));
      if (row >= 0) {
        const value = column(chain.columns, `${side}_${name}`)[row];
        return `${side}_${name} at strike ${strikes[row]} is ${value}`;
      }
    }
  }
  return null;
}

function badCell(cells: Float64Array, signed: boolean): number {
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i];
    if (cell === Number.POSITIVE_INFINITY || cell === Number.NEGATIVE_INFINITY || (cell < 0 && !signed))
      return i;
  }
  return -1;
}
