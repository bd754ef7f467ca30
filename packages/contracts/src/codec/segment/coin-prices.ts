import { MAX_EXPONENT } from '../integer-scale.ts';
import { isInteger, powerOfTen } from './decimal-exponent.ts';

/** At least so much of a column must be prices in coin; the others are stored as they are. */
const LEAST_SHARE = 0.5;
/** Cells by which it is seen that a column is none of such prices. */
const JUDGED = 32;

/**
 * Premiums of inverse options are quoted in coin, with a few decimals, and stored in money: times the price of the coin
 * of their snapshot, which leaves no short decimal form. Finds the exponent at which most cells are such products, bit for
 * bit, and what they are in coin; a cell that is none becomes infinite. Null where most are none. `scales` is the price
 * of the coin by snapshot, NaN where it is not known.
 */
export function inCoin(
  cells: Float64Array,
  given: Uint8Array,
  scales: readonly number[],
): { readonly exponent: number; readonly coins: Float64Array } | null {
  const times = scales.length;
  const fitting = new Int32Array(MAX_EXPONENT + 1);
  let count = 0;
  for (let i = 0; i < cells.length; i++) {
    if (given[i] === 0) continue;
    count++;
    for (let exponent = 0; exponent <= MAX_EXPONENT; exponent++) {
      if (!Number.isNaN(coinOf(cells[i], scales[i % times], exponent))) fitting[exponent]++;
    }
    if (count === JUDGED && Math.max(...fitting) < LEAST_SHARE * count) return null;
  }
  const most = Math.max(...fitting);
  if (most <= LEAST_SHARE * count) return null;
  const exponent = fitting.indexOf(most);
  const coins = cells.map((cell, i) => {
    const coin = given[i] === 0 ? cell : coinOf(cell, scales[i % times], exponent);
    return given[i] !== 0 && Number.isNaN(coin) ? Number.POSITIVE_INFINITY : coin;
  });
  return { exponent, coins };
}

/** NaN where there is none. */
function coinOf(cell: number, scale: number, exponent: number): number {
  const power = powerOfTen(exponent);
  const coin = Math.round((cell / scale) * power) / power;
  return coin * scale === cell && isInteger(coin, exponent) ? coin : Number.NaN;
}
