import { LAST_INSTANT_MS } from '@deltastream/contracts';
import type { ListRange } from '../../ports/stores/market/market-store.ts';
import { DeltaStreamError } from '../errors.ts';

export interface PageQuery {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly order?: 'asc' | 'desc';
  readonly cursor?: string;
}

/** What a page reads (`take` says from which end), and the order in which its items are returned. */
export interface PageRange extends ListRange {
  readonly take: 'first' | 'last';
  readonly order: 'asc' | 'desc';
}

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

const DEFAULT_LIMIT = 500;
const BACKWARD = '<';

/**
 * The range a query asks for. It reads forward from `from`, or backward from `to` where there is no `from` or the
 * order is descending; a cursor continues in its own direction, in the place of the bound it moves. Throws
 * `invalid_request` naming the field.
 */
export function readPage({ from, to, limit, order = 'asc', cursor }: PageQuery): PageRange {
  const fromMs = from === undefined ? 0 : readInstant('from', from);
  const toMs = to === undefined ? LAST_INSTANT_MS : readInstant('to', to);
  if (toMs < fromMs) throw new DeltaStreamError('invalid_request', 'to: is before from');
  const range = { fromMs, toMs, limit: limit ?? DEFAULT_LIMIT, order };
  if (cursor === undefined) {
    return { ...range, take: from === undefined || order === 'desc' ? 'last' : 'first' };
  }
  const { take, atMs } = readCursor(cursor);
  if (take === 'first' && order === 'desc') {
    throw new DeltaStreamError('invalid_request', 'cursor: continues an ascending list, and order is desc');
  }
  return { ...range, ...(take === 'first' ? { fromMs: atMs } : { toMs: atMs }), take };
}

export function readInstant(field: string, text: string): number {
  const epochMs = Date.parse(text);
  if (epochMs >= 0) return epochMs;
  throw new DeltaStreamError('invalid_request', `${field}: ${text} is not an instant since 1970`);
}

/** Reads one page of a time-ordered list, and one item more, to know where the next page begins. */
export async function readItems<T>(
  page: PageRange,
  read: (range: ListRange) => Promise<readonly T[]>,
  timeOf: (item: T) => number,
): Promise<Page<T>> {
  return pageOf(await read({ ...page, limit: page.limit + 1 }), page, timeOf);
}

/** One page of ascending items that were read with a limit greater by one. */
function pageOf<T>(found: readonly T[], page: PageRange, timeOf: (item: T) => number): Page<T> {
  const { limit, take } = page;
  if (found.length <= limit) return { items: ordered(found, page), nextCursor: null };
  if (take === 'first') {
    return { items: ordered(found.slice(0, limit), page), nextCursor: cursorFrom(timeOf(found[limit])) };
  }
  const items = found.slice(-limit);
  return { items: ordered(items, page), nextCursor: cursorBefore(timeOf(items[0])) };
}

/** Ascending items in the order that was asked for. */
export const ordered = <T>(items: readonly T[], { order }: PageRange): T[] =>
  order === 'desc' ? items.toReversed() : [...items];

/** Continues a list forward at an instant, inclusive. Opaque to callers. */
export const cursorFrom = (epochMs: number): string => encoded(String(epochMs));

/** Continues a list backward before an instant, exclusive. Opaque to callers. */
export const cursorBefore = (epochMs: number): string => encoded(`${BACKWARD}${epochMs}`);

const encoded = (text: string): string => Buffer.from(text).toString('base64url');

function readCursor(cursor: string): { readonly take: 'first' | 'last'; readonly atMs: number } {
  const text = Buffer.from(cursor, 'base64url').toString('latin1');
  const take = text.startsWith(BACKWARD) ? 'last' : 'first';
  const atMs = Number(take === 'last' ? text.slice(BACKWARD.length) : text);
  const written = take === 'last' ? cursorBefore(atMs) : cursorFrom(atMs);
  const isInstant = Number.isInteger(atMs) && atMs >= 0 && atMs <= LAST_INSTANT_MS;
  if (isInstant && written === cursor) return { take, atMs };
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}
