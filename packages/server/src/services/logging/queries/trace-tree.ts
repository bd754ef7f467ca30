import type { StoredLogEntry } from '../../../ports/stores/logs/log-store.ts';

/** A line whose event this is records a span. */
export const SPAN_EVENT = 'span';

export interface TraceSpan {
  readonly span_id: string | null;
  readonly parent_span_id: string | null;
  readonly parent_missing: boolean;
  readonly depth: number;
  readonly name: string;
  readonly service: string;
  readonly kind: string | null;
  readonly outcome: string | null;
  readonly start: number;
  readonly start_after_ms: number;
  readonly duration_ms: number;
  readonly attributes: Record<string, unknown>;
}

type Span = Omit<TraceSpan, 'depth' | 'parent_missing' | 'start_after_ms'>;

/**
 * Spans of one trace as a tree, written as a list in which children follow their parent, by their start. A span whose
 * parent is not there is a root, and so is one of a circle that names itself as its ancestor: every span is listed once.
 */
export function traceTree(entries: readonly StoredLogEntry[]): { spans: TraceSpan[]; durationMs: number } {
  const spans = uniqueSpans(entries.map(spanOf)).sort((a, b) => a.start - b.start);
  const known = new Set(spans.map(({ span_id }) => span_id));
  const children = new Map<string, Span[]>();
  const roots: Span[] = [];
  for (const span of spans) {
    const parent = span.parent_span_id;
    if (parent === null || !known.has(parent)) roots.push(span);
    else {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [span]);
      else siblings.push(span);
    }
  }
  const first = spans[0]?.start ?? 0;
  const listed: TraceSpan[] = [];
  const done = new Set<Span>();
  const list = (top: Span) => {
    const waiting = [{ span: top, depth: 0 }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { span, depth } = next;
      if (done.has(span)) continue;
      done.add(span);
      const parent_missing = span.parent_span_id !== null && !known.has(span.parent_span_id);
      listed.push({ ...span, depth, parent_missing, start_after_ms: span.start - first });
      const below = span.span_id === null ? [] : (children.get(span.span_id) ?? []);
      for (const child of below.toReversed()) waiting.push({ span: child, depth: depth + 1 });
    }
  };
  for (const root of roots) list(root);
  for (const span of spans) if (!done.has(span)) list(span);
  const end = spans.reduce((latest, { start, duration_ms }) => Math.max(latest, start + duration_ms), first);
  return { spans: listed, durationMs: end - first };
}

/** A record that came twice is one span. */
function uniqueSpans(spans: readonly Span[]): Span[] {
  const seen = new Set<string>();
  return spans.filter(({ span_id }) => {
    if (span_id === null) return true;
    if (seen.has(span_id)) return false;
    seen.add(span_id);
    return true;
  });
}

function spanOf({ span_id, service, timestamp, message, fields }: StoredLogEntry): Span {
  const { parent_span_id, name, start_ms, duration_ms, outcome, kind, ...attributes } = fields;
  return {
    ...{ span_id, service, attributes },
    parent_span_id: textOf(parent_span_id),
    name: textOf(name) ?? message,
    kind: textOf(kind),
    outcome: textOf(outcome),
    start: typeof start_ms === 'number' ? start_ms : timestamp,
    duration_ms: typeof duration_ms === 'number' ? duration_ms : 0,
  };
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
