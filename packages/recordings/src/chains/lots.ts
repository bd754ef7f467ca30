import { type ChainColumns, column, type QualityFlag, SIDES } from '@deltastream/contracts';
import { type Listing, lotSize } from '@deltastream/reference';

/** How a number of units becomes a number of contracts. */
export interface Lot {
  /** Units per contract; null when unknown: numbers are then kept as the source gave them. */
  readonly size: number | null;
  readonly quality: readonly QualityFlag[];
}

type Listed = Pick<Listing, 'symbol' | 'exchange'>;

/** The lot of an expiry at an instant from the exchange's list alone, for sources in contracts. */
export function listedLot({ symbol, exchange }: Listed, expiry: string, atMs: number): Lot {
  const size = lotSize(symbol, expiry, atMs, exchange);
  return { size, quality: size === null ? ['lot_unknown'] : [] };
}

/** Fewer open interests than this do not make a guess. */
const LEAST_OBSERVATIONS = 3;

/**
 * The lot of an expiry at an instant: from the exchange's list, else the greatest common divisor of the open interests
 * in units (flag `lot_inferred`), else unknown (flag `lot_unknown`). A divisor of 1 tells nothing.
 */
export function lotOf(
  listing: Listed,
  expiry: string,
  unitsOfInterest: readonly number[],
  atMs: number,
): Lot {
  const listed = listedLot(listing, expiry, atMs);
  if (listed.size !== null) return listed;
  const given = unitsOfInterest.filter((units) => units > 0);
  const divisor = given.every(Number.isInteger) ? given.reduce(greatestCommonDivisor, 0) : 0;
  if (given.length < LEAST_OBSERVATIONS || divisor <= 1) return listed;
  return { size: divisor, quality: ['lot_inferred'] };
}

function greatestCommonDivisor(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}

/** The open interests of a chain in units, for `lotOf`. */
export function unitsOfInterest(columns: ChainColumns): number[] {
  return SIDES.flatMap((side) => Array.from(column(columns, `${side}_open_interest`)));
}

/** Turns the open interest of a chain and its change from units into contracts, in place, where the lot is known. */
export function toContracts(columns: ChainColumns, { size }: Lot): void {
  for (const side of SIDES) {
    for (const name of [`${side}_open_interest`, `${side}_open_interest_change`] as const) {
      const cells = column(columns, name);
      for (let i = 0; i < cells.length; i++) cells[i] /= size ?? 1;
    }
  }
}
