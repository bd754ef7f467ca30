import { DeltaStreamError } from '../../../kit/errors.ts';

/** Bounds of the work of one request. */
export interface SeriesBounds {
  /** An expiry whose newest chain is further behind that of its product is not chosen where none is asked for. */
  readonly maxExpiryLagMs: number;
  /** Strikes of chains that are read: those of each snapshot, all together. */
  readonly maxReadCells: number;
  /** Numbers of the answer. */
  readonly maxResponseCells: number;
}

interface Cells {
  readonly snapshots: number;
  readonly each: number;
  /** What each snapshot has so many of. */
  readonly of: string;
  readonly maxCells: number;
}

/** Throws `invalid_request` for more cells than one request may read or answer. */
export function requireCells({ snapshots, each, of, maxCells }: Cells): void {
  const cells = snapshots * each;
  if (cells <= maxCells) return;
  const most = Math.floor(maxCells / each);
  throw new DeltaStreamError(
    'invalid_request',
    `querystring.limit: ${snapshots} snapshots of ${each} ${of} are ${cells} cells and one request has at most ` +
      `${maxCells}; ask for at most ${most} snapshots, or fewer ${of}`,
  );
}

/** What one request may still read of chains. */
export interface ReadBudget {
  /** Throws `invalid_request` where so many snapshots of so many strikes each would be more than that. */
  require(snapshots: number, strikes: number): void;
  /** Takes the strikes of a chain that was read. Throws `invalid_request` once they are more than one request may read. */
  spend(strikes: number): void;
}

/** The strikes that a range has are known when its chains are read: those of its newest snapshot say how many to expect. */
export function createReadBudget(maxReadCells: number): ReadBudget {
  let left = maxReadCells;
  return {
    require(snapshots, strikes) {
      requireCells({ snapshots, each: strikes, of: 'strikes', maxCells: left });
    },
    spend(strikes) {
      left -= strikes;
      if (left >= 0) return;
      throw new DeltaStreamError(
        'invalid_request',
        `querystring.limit: the snapshots have more than ${maxReadCells} strikes, all together, and one request reads ` +
          'at most so many; ask for fewer snapshots',
      );
    },
  };
}
