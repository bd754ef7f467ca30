import type { RecordingOptions } from '@deltastream/recordings';
import type { Recording } from '@deltastream/recordings/source';

/** What is said of a recording that does not say it itself. */
export type SaidOfRecording = Pick<RecordingOptions, 'recordedAt' | 'product' | 'expiry'>;

/** Follows no link. Opening and reading reject with `stopped` once the signal aborts. */
export type OpenRecording = (path: string, signal: AbortSignal, said: SaidOfRecording) => Promise<Recording>;
