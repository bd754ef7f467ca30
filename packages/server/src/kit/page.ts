import type { TimeRange } from '../ports/market-store.ts';
import { DeltaStreamError } from './errors.ts';

export interface PageQuery {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}

const DEFAULT_LIMIT = 500;
const END_OF_TIME_MS = 8.64e15;

/** The range a query asks for; a cursor takes the place of `from`. Throws `invalid_request` naming the field. */
export function readPage({ from, to, limit, cursor }: PageQuery): TimeRange {
  const fromMs = from === undefined ? 0 : readInstant('from', from);
  const toMs = to === undefined ? END_OF_TIME_MS : readInstant('to', to);
  if (toMs < fromMs) throw new DeltaStreamError('invalid_request', 'to: is before from');
  return {
    fromMs: cursor === undefined ? fromMs : readCursor(cursor),
    toMs,
    limit: limit ?? DEFAULT_LIMIT,
  };
}

export function readInstant(field: string, text: string): number {
  const epochMs = Date.parse(text);
  if (epochMs >= 0) return epochMs;
  throw new DeltaStreamError('invalid_request', `${field}: ${text} is not an instant since 1970`);
}

/** Reads one page of a time-ordered list, and one item more, to know where the next page begins. */
export async function readItems<T extends { readonly timestamp: number }>(
  range: TimeRange,
  read: (range: TimeRange) => Promise<T[]>,
): Promise<Page<T>> {
  const found = await read({ ...range, limit: range.limit + 1 });
  const next = found.at(range.limit);
  return {
    items: found.slice(0, range.limit),
    nextCursor: next === undefined ? null : cursorAt(next.timestamp),
  };
}

/** Continues a list at an instant. Opaque to callers. */
export const cursorAt = (epochMs: number): string => Buffer.from(String(epochMs)).toString('base64url');

function readCursor(cursor: string): number {
  const epochMs = Number(Buffer.from(cursor, 'base64url').toString('latin1'));
  if (Number.isInteger(epochMs) && epochMs >= 0 && cursorAt(epochMs) === cursor) return epochMs;
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier answer gave');
}
