import type { FileHandle } from 'node:fs/promises';
import type { Bounds } from '../recording-limits.ts';

/** Turns files into their content. */
export interface Decoder {
  /** The content, piece by piece; may be given up at any time. */
  decode(file: OpenedFile): AsyncGenerator<Uint8Array>;
  /** Frees what is held; idempotent. */
  close(): Promise<void>;
}

export interface OpenedFile {
  readonly handle: FileHandle;
  /** File name without folders, for messages. */
  readonly file: string;
  readonly limits: Bounds;
  readonly signal: AbortSignal;
  /** Told how many bytes of the file were taken, before what comes of them. */
  advanced(position: number): void;
}
