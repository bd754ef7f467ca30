/** Quotes of one expiry by strike; row i of each column belongs to strikes[i], NaN where there is no mid. */
export interface ParityQuotes {
  strikes: Float64Array;
  /** Discounted call mids. */
  callMid: Float64Array;
  /** Discounted put mids. */
  putMid: Float64Array;
  /** e^(-rT) > 0. */
  discountFactor: number;
  /** Only breaks ties between strikes that are equally near the money. */
  spot?: number;
}

export interface ParityForward {
  forward: number;
  /** How many strikes the median is taken over: 1 to 5. */
  strikesUsed: number;
}

const MOST_STRIKES = 5;

/**
 * Forward implied by put-call parity: the median of K + (C - P) / discountFactor over up to 5 strikes nearest the
 * money that have both mids finite and positive. Nearest the money means smallest |C - P|; equal differences are
 * taken nearest `spot` first when it is given, then in column order. The median keeps one bad quote from moving
 * the result.
 *
 * @returns null when no strike has both mids, the discount factor is not positive and finite, or the median is not
 * a positive number.
 * @throws RangeError when the columns differ in length.
 * Source: H. Stoll, "The relationship between put and call option prices", J. Finance 24 (1969).
 */
export function parityForward(quotes: ParityQuotes): ParityForward | null {
  const { strikes, callMid, putMid, discountFactor, spot } = quotes;
  for (const [name, column] of [
    ['callMid', callMid],
    ['putMid', putMid],
  ] as const) {
    if (column.length !== strikes.length) {
      throw new RangeError(`column ${name} has ${column.length} rows, strikes has ${strikes.length}`);
    }
  }
  if (!(discountFactor > 0 && discountFactor < Infinity)) return null;
  // The nearest so far, nearest first, column by column: a chain is scanned at every tick, so nothing is made per row.
  const forwards: number[] = [];
  const differences: number[] = [];
  const distances: number[] = [];
  for (let i = 0; i < strikes.length; i++) {
    const call = callMid[i];
    const put = putMid[i];
    if (!(call > 0 && put > 0 && strikes[i] > 0)) continue;
    const difference = Math.abs(call - put);
    const distance = spot === undefined || Number.isNaN(spot) ? 0 : Math.abs(strikes[i] - spot);
    let place = forwards.length;
    while (place > 0 && isNearer(difference, distance, differences[place - 1], distances[place - 1])) place--;
    if (place === MOST_STRIKES) continue;
    const forward = strikes[i] + (call - put) / discountFactor;
    if (!Number.isFinite(forward)) continue;
    for (let at = Math.min(forwards.length, MOST_STRIKES - 1); at > place; at--) {
      forwards[at] = forwards[at - 1];
      differences[at] = differences[at - 1];
      distances[at] = distances[at - 1];
    }
    forwards[place] = forward;
    differences[place] = difference;
    distances[place] = distance;
  }
  forwards.sort((a, b) => a - b);
  const middle = forwards.length >> 1;
  const forward =
    forwards.length % 2 === 1 ? forwards[middle] : 0.5 * (forwards[middle - 1] + forwards[middle]);
  return forward > 0 ? { forward, strikesUsed: forwards.length } : null;
}

const isNearer = (
  difference: number,
  distance: number,
  thanDifference: number,
  thanDistance: number,
): boolean => difference < thanDifference || (difference === thanDifference && distance < thanDistance);
