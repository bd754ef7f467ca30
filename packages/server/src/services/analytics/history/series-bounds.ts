import { DeltaStreamError } from '../../../kit/errors.ts';

/** Bounds of the work of one request. */
export interface SeriesBounds {
  /** Strikes of chains that are read: snapshots x strikes. */
  readonly maxReadCells: number;
  /** Numbers of the answer. */
  readonly maxAnswerCells: number;
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
