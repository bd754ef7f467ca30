import type { RecordingError } from '../recording-error.ts';
import { placeOf, type RejectedItem } from '../source.ts';
import { type Bounds, beyondLimit, tooLarge } from './recording-limits.ts';

/** As many as show what kind of part it is. */
const FIRST_SHOWN = 3;

export interface RejectionLimit {
  /** Aborts, with the error as its reason, at the first part beyond `maxRejectedParts`. */
  readonly signal: AbortSignal;
  /** Counts a rejected part; false once there are more than are given out. */
  add(item: RejectedItem): boolean;
  /** Throws `recording_too_large` with the first parts where there were more. */
  throwIfBeyond(): void;
}

/**
 * Ends the reading of a file of which too many parts cannot be used: somebody logs and counts each of them. Readers that
 * keep a snapshot in progress give it out, as where a file breaks off.
 */
export function limitRejections(file: string, bounds: Bounds): RejectionLimit {
  const ended = new AbortController();
  const first: string[] = [];
  let count = 0;
  let beyond: RecordingError | null = null;
  return {
    signal: ended.signal,
    add: ({ where, reason }) => {
      count += 1;
      if (count <= FIRST_SHOWN) first.push(`${placeOf(where)}: ${reason}`);
      if (count <= bounds.maxRejectedParts) return true;
      if (beyond === null) {
        const what = beyondLimit(bounds, 'maxRejectedParts', `${count} rejected parts`);
        beyond = tooLarge(
          `${file}: reading ended after ${what}; correct the file or raise that, the first are ${first.join('; ')}`,
        );
        ended.abort(beyond);
      }
      return false;
    },
    throwIfBeyond: () => {
      if (beyond !== null) throw beyond;
    },
  };
}
