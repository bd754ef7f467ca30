import type { Reading } from '../chains/reading.ts';
import type { RecordingOptions } from '../recording-options.ts';
import type { Where } from '../source.ts';
import type { Mismatch } from '../tables/mismatch.ts';

/** A recording that is a set of files, each one page: everything shown at one instant. */
export interface PageFormat {
  readonly name: string;
  /** What its amounts and prices are counted in and what is made of that, for people to read. */
  readonly units: string;
  /** True when a page that begins like this is of this format. */
  matches(head: string): boolean;
  /** The line at which a beginning that resembles this format is not of it; null when it does not resemble it. */
  nearly(head: string): Mismatch | null;
  /**
   * The instant a page shows, epoch ms, from its path and its text, of which `timeIn` says how much is given.
   * Throws BadCell naming what was expected where they do not say: then the option `recordedAt` does.
   */
  timeOf(path: string, text: string): number;
  /** `head` by default: the first `PAGE_HEAD_BYTES` of a page. */
  readonly timeIn?: 'head' | 'page';
  /** Name of a small file that lies beside a page and belongs to it, if it is there; by the page's own name. */
  companionOf?(file: string): string | null;
  /**
   * The expiry that a page's path names, for formats whose pages do not name it; null where it does not: then
   * the option `expiry` does, else the exchange's calendar of the time. Left out where pages name it.
   */
  expiryIn?(path: string, timestamp: number): string | null;
  /** Pages of one instant are parts of one, such as calls and puts; together they are not larger than one may be. */
  readonly joinsPages?: boolean;
  /** A reader of the pages of one recording, in time order; `timestamp` of a page is its `timeOf`. */
  reader(options: RecordingOptions): (page: Page) => PageReadings;
}

/** What a page says; null after rows of which there is nothing to give yet, so that others get a turn. */
export type PageReadings = Generator<Reading | null>;

/** Whether a reader that has come to this row of a page is to give others a turn. */
export const isTurn = (row: number): boolean => row % 1024 === 1023;

/** A text and where it stands. */
export interface PagePart {
  readonly where: Where;
  readonly text: string;
}

export interface Page extends PagePart {
  /** With the folders it lies in. */
  readonly path: string;
  readonly timestamp: number;
  /** The companion file; null when there is none. */
  readonly companion: PagePart | null;
  /** Other pages of the same instant, for a format that joins them. */
  readonly parts: readonly PagePart[];
}

/** A larger companion file is not read. */
export const MAX_COMPANION_BYTES = 1024 * 1024;
/** As much of a page as recognises it. */
export const PAGE_HEAD_BYTES = 4096;
