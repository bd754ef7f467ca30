import { RecordingError } from '../recording-error.ts';
import { type Bounds, beyondLimit } from './recording-limits.ts';

/** Longest delay of a timer of Node, milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface SilenceLimit {
  /** Aborts when a piece of reading took longer than `maxSilentSeconds`. */
  readonly signal: AbortSignal;
  /**
   * Times a piece of reading; what a consumer takes for a part is not counted. Rejects with `recording_too_large` when
   * the reading was ended for its time.
   */
  during<T>(reading: () => Promise<T>): Promise<T>;
  /** Once nothing more is read; idempotent. A piece that rejects is the last. */
  stop(): void;
}

/** Ends the reading of a file that keeps a reader at work and gives nothing. */
export function limitSilence(file: string, bounds: Bounds): SilenceLimit {
  const ended = new AbortController();
  const limitMs = Math.min(LONGEST_TIMER_MS, bounds.maxSilentSeconds * 1000);
  let reads = false;
  /** Begun anew for each piece, of which a recording may have a million. */
  let timer: NodeJS.Timeout | null = null;
  return {
    signal: ended.signal,
    async during(reading) {
      reads = true;
      timer = timer?.refresh().ref() ?? setTimeout(() => reads && ended.abort(), limitMs);
      try {
        return await reading();
      } catch (cause) {
        clearTimeout(timer);
        if (!ended.signal.aborted) throw cause;
        const what = `${file}: seconds of reading that gave nothing`;
        throw new RecordingError('recording_too_large', beyondLimit(bounds, 'maxSilentSeconds', what), {
          cause,
        });
      } finally {
        reads = false;
        timer.unref();
      }
    },
    stop: () => clearTimeout(timer ?? undefined),
  };
}
