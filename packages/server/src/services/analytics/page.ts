import { DeltaStreamError } from '../../kit/errors.ts';
import type { TimeRange } from '../../ports/market-store.ts';

interface PageQuery {
  readonly from?: string;
  readonly to?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

const DEFAULT_LIMIT = 500;
const END_OF_TIME_MS = 8.64e15;

/** The range a query asks for; a cursor takes the place of `from`. Throws `invalid_request`. */
export function readPage({ from, to, limit, cursor }: PageQuery): TimeRange {
  return {
    fromMs: cursor === undefined ? instant('from', from, 0) : readCursor(cursor),
    toMs: instant('to', to, END_OF_TIME_MS),
    limit: limit ?? DEFAULT_LIMIT,
  };
}

/** Continues a list at an instant. Opaque to callers. */
export const cursorAt = (epochMs: number): string => epochMs.toString(36);

function readCursor(cursor: string): number {
  const epochMs = Number.parseInt(cursor, 36);
  if (cursorAt(epochMs) === cursor && epochMs >= 0 && epochMs <= END_OF_TIME_MS) return epochMs;
  throw new DeltaStreamError('invalid_request', 'cursor is not one that an earlier answer gave');
}

function instant(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const epochMs = Date.parse(text);
  if (Number.isNaN(epochMs)) throw new DeltaStreamError('invalid_request', `${name} is not an instant`);
  return epochMs;
}
