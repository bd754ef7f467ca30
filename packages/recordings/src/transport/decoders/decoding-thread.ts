import { parentPort } from 'node:worker_threads';
import { RecordingError, type RecordingErrorCode, reasonOf } from '../../recording-error.ts';
import type { RecordingLimits } from '../recording-limits.ts';

/** What a thread is asked for: the content of an open file. */
export interface DecodingWork {
  readonly fd: number;
  /** File name without folders, for messages. */
  readonly file: string;
  readonly limits: RecordingLimits;
  /** How messages call the option that raises each limit. */
  readonly settingNames: Readonly<Record<keyof RecordingLimits, string>>;
  /** One number, the pieces that may still be sent; the reader adds to it, and says `GIVEN_UP` when it wants no more. */
  readonly credit: SharedArrayBuffer;
}

/** What it sends: the pieces, then how it ended; `position` is how many bytes of the file were taken by then. */
export type DecodingMessage = { readonly position: number } & (
  | { readonly kind: 'piece'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** `code` is that of a RecordingError. */
  | { readonly kind: 'failed'; readonly reason: string; readonly code: RecordingErrorCode | null }
);

export const GIVEN_UP = -1;

/**
 * Serves one file after the other in this thread, never further ahead of what reads it than its credit. The file is
 * not read any more once `end` or `failed` is sent.
 */
export function serveDecoding(
  contentOf: (work: DecodingWork, advanced: (position: number) => void) => AsyncIterable<Uint8Array>,
): void {
  const send = (message: DecodingMessage, moved: ArrayBuffer[] = []) =>
    parentPort?.postMessage(message, moved);

  parentPort?.on('message', async (work: DecodingWork) => {
    const left = new Int32Array(work.credit);
    let position = 0;
    const advanced = (taken: number) => {
      position = Math.max(position, taken);
    };
    try {
      for await (const bytes of contentOf(work, advanced)) {
        Atomics.wait(left, 0, 0);
        if (Atomics.load(left, 0) < 0) break;
        if (bytes.length === 0) continue;
        Atomics.sub(left, 0, 1);
        send({ kind: 'piece', bytes, position }, [bytes.buffer as ArrayBuffer]);
      }
      send({ kind: 'end', position });
    } catch (error) {
      const code = error instanceof RecordingError ? error.code : null;
      send({ kind: 'failed', reason: reasonOf(error), code, position });
    }
  });
}
