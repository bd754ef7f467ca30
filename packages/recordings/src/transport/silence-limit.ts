import { RecordingError } from '../recording-error.ts';
import { type Bounds, beyondLimit } from './recording-limits.ts';

/** Longest delay of a timer of Node, milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Times the pieces of reading, one after the other; what a consumer takes for a part between them is not counted. */
export interface SilenceLimit {
  /** Aborts when a piece of reading takes longer than `maxSilentSeconds`. */
  readonly signal: AbortSignal;
  begin(): void;
  end(): void;
  /** `recording_too_large` for what a piece rejected with because it was ended for its time, else the same. */
  causeOf(error: unknown): unknown;
  /** Once nothing more is read; idempotent. */
  stop(): void;
}

/** Ends the reading of a file that keeps a reader at work and gives nothing. */
export function limitSilence(file: string, bounds: Bounds): SilenceLimit {
  const ended = new AbortController();
  const limitMs = Math.min(LONGEST_TIMER_MS, bounds.maxSilentSeconds * 1000);
  /** When the piece began that is read; null between two. */
  let began: number | null = null;
  let timer: NodeJS.Timeout | null = null;

  // A recording may have a million pieces: the timer is not begun anew for each, but asks when the piece began.
  const look = () => {
    const left = began === null ? limitMs : limitMs - (performance.now() - began);
    if (left <= 0) ended.abort();
    else timer = setTimeout(look, Math.ceil(left)).unref();
  };
  return {
    signal: ended.signal,
    begin: () => {
      began = performance.now();
      timer ??= setTimeout(look, limitMs).unref();
    },
    end: () => {
      began = null;
    },
    causeOf: (cause) => {
      if (!ended.signal.aborted) return cause;
      const what = `${file}: seconds of reading that gave nothing`;
      return new RecordingError('recording_too_large', beyondLimit(bounds, 'maxSilentSeconds', what), {
        cause,
      });
    },
    stop: () => {
      began = null;
      clearTimeout(timer ?? undefined);
    },
  };
}
