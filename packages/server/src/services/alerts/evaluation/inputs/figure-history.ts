import type { PastFigures } from '@deltastream/conditions';
import { createPreviousClose, type PreviousClose } from './previous-close.ts';
import { createSpanHistory, type SpanHistory } from './span-history.ts';

/** What the rules of an expiry need of its past. */
export interface HistoryNeeds {
  readonly changes: readonly { readonly slot: number; readonly spanMs: number }[];
  readonly closes: readonly number[];
}

/** The past of one expiry's figures, as its rules need it and no more. */
export interface FigureHistory extends PastFigures {
  /** From now on this is kept, and nothing else. */
  need(needs: HistoryNeeds): void;
  /** Whether anything is kept. */
  readonly isKept: boolean;
  readonly spans: ReadonlyMap<number, readonly SpanHistory[]>;
  readonly closes: ReadonlyMap<number, PreviousClose>;
  /** The figures of a chain, which `before` and `previousClose` are then as of. */
  note(atMs: number, session: number, numbers: Float64Array): void;
}

export function createFigureHistory(): FigureHistory {
  let spans = new Map<number, SpanHistory[]>();
  let closes = new Map<number, PreviousClose>();
  let at = Number.NaN;
  let current = Number.NaN;

  return {
    need({ changes, closes: slots }) {
      const kept = new Map<number, SpanHistory[]>();
      for (const { slot, spanMs } of changes) {
        const histories = kept.get(slot) ?? [];
        kept.set(slot, histories);
        if (histories.some((history) => history.spanMs === spanMs)) continue;
        const known = spans.get(slot)?.find((history) => history.spanMs === spanMs);
        histories.push(known ?? createSpanHistory(spanMs));
      }
      spans = kept;
      closes = new Map(slots.map((slot) => [slot, closes.get(slot) ?? createPreviousClose()]));
    },
    get isKept() {
      return spans.size + closes.size > 0;
    },
    get spans() {
      return spans;
    },
    get closes() {
      return closes;
    },
    note(atMs, session, numbers) {
      at = atMs;
      current = session;
      for (const [slot, histories] of spans) {
        for (const history of histories) history.note(atMs, numbers[slot]);
      }
      for (const [slot, close] of closes) close.note(session, numbers[slot]);
    },
    before: (slot, spanMs) =>
      spans
        .get(slot)
        ?.find((history) => history.spanMs === spanMs)
        ?.before(at) ?? Number.NaN,
    previousClose: (slot) => closes.get(slot)?.before(current) ?? Number.NaN,
  };
}
