/** Numbers of one column; null is none. */
export type ColumnValues = readonly (number | null | undefined)[];

/** Digits of the least price of a column that are read where it is no multiple of a tick, such as a computed one. */
const COMPUTED_DIGITS = 3;
/** Ticks have so many decimals with their mids, but for prices in coins: of other ones more are what a rounding left. */
const TICK_DECIMALS = 3;
const COIN_DIGITS = 5;
/** Of the greatest price of a column, before and after the point: half a tick says nothing of one of ten thousand. */
const GREATEST_DIGITS = 7;
/** A mid of the smallest usual tick, 0.0001, is a multiple of 0.00005. */
const MOST_OF_PRICE = 5;
/** No exchange lists strikes with more decimals. */
const MOST_OF_STRIKE = 4;
/** As many as sensitivities are published in for an underlying of 100,000. */
const MOST_OF_GREEK = 8;

/**
 * Decimals of a column of prices: those of its tick, which is seen in the prices themselves, so that mids between two
 * ticks are exact; two at least, as prices are written.
 */
export function priceDecimals(values: ColumnValues): number {
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  let exact: number | null = 0;
  for (const value of values) {
    if (!value) continue;
    const size = Math.abs(value);
    least = Math.min(least, size);
    greatest = Math.max(greatest, size);
    const own: number | null = exact === null ? null : exactDecimals(size, MOST_OF_PRICE);
    exact = own === null || exact === null ? null : Math.max(exact, own);
  }
  if (least === Number.POSITIVE_INFINITY) return 2;
  if (exact !== null && exact <= TICK_DECIMALS)
    return Math.max(2, Math.min(exact, GREATEST_DIGITS - wholeDigits(greatest)));
  const whole = wholeDigits(least);
  const read = exact === null ? COMPUTED_DIGITS - whole : Math.min(exact, COIN_DIGITS - whole);
  return Math.min(MOST_OF_PRICE, Math.max(2, read));
}

/** Decimals of a column of strikes: as few as show all of them exactly. */
export const strikeDecimals = (values: ColumnValues): number =>
  values.reduce<number>(
    (most, value) =>
      value ? Math.max(most, exactDecimals(Math.abs(value), MOST_OF_STRIKE) ?? MOST_OF_STRIKE) : most,
    0,
  );

/**
 * Decimals of a column of sensitivities, which have no tick: three digits of the power of ten that its greatest one is
 * below, so that a chain that moves keeps its decimals.
 */
export function greekDecimals(values: ColumnValues): number {
  const greatest = values.reduce<number>((max, value) => Math.max(max, Math.abs(value ?? 0)), 0);
  if (greatest === 0) return 2;
  const below = Math.ceil(Math.log10(greatest));
  return Math.min(MOST_OF_GREEK, Math.max(2, 3 - below));
}

/** Digits before the point; 0 and less for a number that begins after zeros behind it. */
const wholeDigits = (size: number): number => Math.floor(Math.log10(size)) + 1;

/** The decimals that a number has, as far as `bound`; null where it has more. */
function exactDecimals(size: number, bound: number): number | null {
  for (let decimals = 0; decimals <= bound; decimals++) {
    const scaled = size * 10 ** decimals;
    // What binary fractions lose in a multiplication.
    if (Math.abs(scaled - Math.round(scaled)) <= scaled * 1e-14 + 1e-9) return decimals;
  }
  return null;
}
