import type { Reading } from '../chains/reading.ts';
import type { SourceProgress } from '../source.ts';

/** An opened recording: what it says, in time order per product. */
export interface Readings {
  /** What it does not say itself and where that comes from instead, in words; null when it says all. */
  readonly caveat: string | null;
  read(): AsyncGenerator<Reading>;
  progress(): SourceProgress;
  close(): Promise<void>;
}

/** The beginning of a text and where it stands. */
export interface Beginning {
  readonly path: string;
  readonly head: string;
}
