import type { ResponseOf, Routes } from '@deltastream/client';

export type Trace = ResponseOf<Routes['getTrace']>;
export type Span = Trace['spans'][number];

/** A span as a row of the waterfall; its place among all spans names it. */
export interface SpanRow {
  readonly at: number;
  readonly span: Span;
  readonly hasChildren: boolean;
  /** The row of its parent, null of a root. */
  readonly parentAt: number | null;
}

/** Rows of spans that are listed as a tree, children after their parent. */
export function spanRows(spans: readonly Span[]): SpanRow[] {
  /** The last row of each depth so far. */
  const above: number[] = [];
  return spans.map((span, at) => {
    above.length = span.depth;
    const parentAt = above.at(-1) ?? null;
    above.push(at);
    return { at, span, parentAt, hasChildren: (spans[at + 1]?.depth ?? 0) > span.depth };
  });
}

/** Rows that are seen while the children of `folded` are not. */
export function seenRows(rows: readonly SpanRow[], folded: ReadonlySet<number>): SpanRow[] {
  let below = Number.POSITIVE_INFINITY;
  return rows.filter(({ at, span }) => {
    if (span.depth > below) return false;
    below = folded.has(at) ? span.depth : Number.POSITIVE_INFINITY;
    return true;
  });
}

/** What a key of a tree does at a row: goes to another, or folds and unfolds; null where it is none of the tree's. */
export type TreeMove = { readonly to: number } | { readonly fold: boolean };

export function treeMove(
  seen: readonly SpanRow[],
  at: number,
  key: string,
  isFolded: boolean,
): TreeMove | null {
  const place = seen.findIndex((row) => row.at === at);
  if (place === -1) return null;
  const row = seen[place];
  const to = (next: number): TreeMove => ({ to: seen[Math.min(seen.length - 1, Math.max(0, next))].at });
  if (key === 'ArrowDown') return to(place + 1);
  if (key === 'ArrowUp') return to(place - 1);
  if (key === 'Home') return to(0);
  if (key === 'End') return to(seen.length - 1);
  if (key === 'ArrowRight' && row.hasChildren) return isFolded ? { fold: false } : to(place + 1);
  if (key === 'ArrowLeft') {
    if (row.hasChildren && !isFolded) return { fold: true };
    return row.parentAt === null ? null : { to: row.parentAt };
  }
  return null;
}

/** Where a span lies in the trace, as shares of its duration. */
export function placeOf(
  { start_after_ms, duration_ms }: Span,
  total: number,
): { left: number; width: number } {
  if (total <= 0) return { left: 0, width: 1 };
  const left = Math.min(1, Math.max(0, start_after_ms / total));
  return { left, width: Math.min(1 - left, Math.max(0, duration_ms / total)) };
}

/** Milliseconds as a reader takes them in: three digits that matter. */
export function durationText(ms: number): string {
  if (ms >= 1_000) return `${(ms / 1_000).toPrecision(ms >= 100_000 ? 4 : 3)} s`;
  if (ms >= 100) return `${ms.toFixed(0)} ms`;
  return `${ms.toFixed(ms >= 10 ? 1 : ms >= 1 ? 2 : 3)} ms`;
}

/** What became of a span, in a word. */
export const outcomeText = ({ outcome }: Span): string => outcome ?? 'not told';
