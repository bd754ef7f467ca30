import type { Where } from '../source.ts';
import type { Reading } from './reading.ts';

/** A recording that is a set of files, each one page: everything shown at one instant. */
export interface PageFormat {
  readonly name: string;
  /** True when a page that begins like this is of this format. */
  matches(head: string): boolean;
  /** The instant a page shows, epoch ms, from its path and beginning; NaN when they do not say. */
  timeOf(path: string, head: string): number;
  /**
   * Who says when a page is from: itself, or, where it does not, the setting `recorded-at`, without which it
   * is not read. `page` by default.
   */
  readonly instantFrom?: 'page' | 'setting';
  /** Name of a small file that lies beside a page and belongs to it, if it is there; by the page's own name. */
  companionOf?(file: string): string | null;
  /** Who says which expiry a chain has. `schedule`: the pages do not, the exchange's calendar of the time does. */
  readonly expiryFrom: 'page' | 'schedule';
  /** A reader of the pages of one recording, in time order; `timestamp` of a page is its `timeOf`. */
  reader(): (page: Page) => Generator<Reading>;
}

export interface Page {
  readonly where: Where;
  readonly path: string;
  readonly text: string;
  readonly timestamp: number;
  /** Content of the companion file; null when there is none. */
  readonly companion: string | null;
}

/** A larger companion file is not read. */
export const MAX_COMPANION_BYTES = 1024 * 1024;
/** As much of a page as recognises it. */
export const PAGE_HEAD_BYTES = 4096;
