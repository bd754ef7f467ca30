import type { RawChain, UnderlyingTick } from '@deltastream/contracts';

/** What an import needs of a recording; how one is read is the feed's knowledge. */
export interface RecordingSource
  extends AsyncIterable<
    | { readonly kind: 'chain'; readonly chain: RawChain }
    | { readonly kind: 'tick'; readonly tick: UnderlyingTick }
    | {
        readonly kind: 'rejected';
        readonly rejection: string;
        readonly reason: string;
        /** File, member and line, as far as they are known. */
        readonly where: object;
      }
  > {
  progress(): {
    readonly position: number;
    readonly total: number | null;
    readonly unit: 'bytes' | 'records';
  };
  close(): Promise<void>;
}

/** What is said of a recording that does not say it itself. */
export interface SaidOfRecording {
  /** Epoch ms. */
  readonly recordedAt?: number;
  readonly product?: string;
  /** 'YYYY-MM-DD'. */
  readonly expiry?: string;
}

/** Follows no link. Opening and reading reject with `stopped` once the signal aborts. */
export type OpenRecording = (
  path: string,
  signal: AbortSignal,
  said: SaidOfRecording,
) => Promise<RecordingSource>;
