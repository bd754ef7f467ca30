import { useVirtualizer } from '@tanstack/react-virtual';
import type { RefObject } from 'react';

/** A table of so many rows is in the page completely: it can be searched and printed. */
const MOST_COMPLETE = 200;
/** Height of a row of a table that is not complete, as its style sheet has it. */
const ROW_PX = 24;
/** Height of the table until it is known. */
const TABLE_PX = 384;
/** Rows beyond each edge, so that scrolling meets rows and no gaps. */
const BEYOND = 30;

export interface RowWindow {
  /** Indices of the rows in the page, ascending. */
  readonly rows: readonly number[];
  /** Not all rows are. */
  readonly isPart: boolean;
  /** Pixels of the rows above and below that are not. */
  readonly above: number;
  readonly below: number;
}

/** Which of `count` rows are in the page: all, or of a long table those that are seen in `scroller` and some beyond. */
export function useRowWindow(
  scroller: RefObject<HTMLElement | null>,
  count: number,
  mayBePart: boolean,
): RowWindow {
  const isPart = mayBePart && count > MOST_COMPLETE;
  const virtual = useVirtualizer({
    count,
    enabled: isPart,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    initialRect: { width: 0, height: TABLE_PX },
    overscan: BEYOND,
  });
  const seen = isPart ? virtual.getVirtualItems() : [];
  const last = seen.at(-1);
  return {
    rows: isPart ? seen.map(({ index }) => index) : Array.from({ length: count }, (_, i) => i),
    isPart,
    above: seen.at(0)?.start ?? 0,
    below: last === undefined ? 0 : virtual.getTotalSize() - last.end,
  };
}
