import type { Reading } from '../chains/reading.ts';
import type { RecordingOptions } from '../recording-options.ts';
import type { Where } from '../source.ts';
import type { Mismatch } from '../tables/mismatch.ts';
import type { Bounds } from '../transport/recording-limits.ts';

/** A recording in time order that is read as it comes, of any size: one snapshot is in memory. */
export interface StreamFormat {
  readonly name: string;
  /** What its amounts and prices are counted in and what is made of that, for people to read. */
  readonly units: string;
  /** True when a text that begins like this is of this format. */
  matches(head: string): boolean;
  /** The line at which a beginning that resembles this format is not of it; null when it does not resemble it. */
  nearly(head: string): Mismatch | null;
  /** Throws BadCell when the file's name has to say something that it does not. */
  open(path: string, options: RecordingOptions): Stream;
}

/** One file of a format. */
export interface Stream {
  /** The instant of its first row, epoch ms, by which files of an archive are put in order; NaN without one. */
  timeOf(head: string): number;
  read(chunks: AsyncIterable<Uint8Array>, where: Where, limits: Bounds): AsyncGenerator<Reading>;
}
