import './waterfall.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronDown, ChevronRight, TriangleAlert } from 'lucide-react';
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import {
  durationText,
  outcomeText,
  placeOf,
  type SpanRow,
  seenRows,
  spanRows,
  type Trace,
  treeMove,
} from './span-tree.ts';

interface WaterfallProps {
  readonly trace: Trace;
  /** Place of the span that is looked at. */
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
}

/** Height of a row, as its style sheet has it. */
const ROW_PX = 28;
/** Of the list until it is known. */
const LIST_PX = 480;
/** Rows beyond each edge, so that scrolling meets rows and no gaps. */
const BEYOND = 20;
const QUARTERS = [0, 0.25, 0.5, 0.75, 1];

/**
 * The spans of a trace as a tree, each with its place in time. Arrow keys go through the tree, Left and Right fold and
 * unfold it. A span that failed has a sign and a pattern besides its colour.
 */
export function Waterfall({ trace, chosen, onChoose }: WaterfallProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<number>>(new Set());
  const [takesFocus, setTakesFocus] = useState(false);
  const rows = useMemo(() => spanRows(trace.spans), [trace]);
  const seen = useMemo(() => seenRows(rows, folded), [rows, folded]);
  const virtual = useVirtualizer({
    count: seen.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    initialRect: { width: 0, height: LIST_PX },
    overscan: BEYOND,
  });
  // A row that was gone to may only come into the page now.
  useEffect(() => {
    if (!takesFocus) return;
    const row = scroller.current?.querySelector<HTMLElement>('tr[tabindex="0"]');
    if (!row) return;
    row.focus();
    setTakesFocus(false);
  });

  function fold(at: number, isFolded: boolean): void {
    const next = new Set(folded);
    if (isFolded) next.add(at);
    else next.delete(at);
    setFolded(next);
  }
  function pressed(event: KeyboardEvent): void {
    const move = treeMove(seen, chosen, event.key, folded.has(chosen));
    if (move === null) return;
    event.preventDefault();
    if ('fold' in move) {
      fold(chosen, move.fold);
      return;
    }
    onChoose(move.to);
    virtual.scrollToIndex(seen.findIndex(({ at }) => at === move.to));
    setTakesFocus(true);
  }
  return (
    <div ref={scroller} className="waterfall">
      <table
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: rows of a table, with the keys of a tree.
        role="treegrid"
        aria-label="Spans of the trace"
        aria-rowcount={seen.length + 1}
        onKeyDown={pressed}
      >
        <thead>
          <tr aria-rowindex={1} className="span-row">
            <th scope="col">Span</th>
            <th scope="col">Service</th>
            <th scope="col">Start</th>
            <th scope="col">Duration</th>
            <th scope="col">Outcome</th>
            <th scope="col" className="span-scale">
              <span className="unseen">Place in time</span>
              {QUARTERS.map((share) => (
                <span key={share} aria-hidden="true" style={{ left: `${100 * share}%` }}>
                  {share === 0 ? '0' : durationText(share * trace.duration_ms)}
                </span>
              ))}
            </th>
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const row = seen[index];
            return (
              <SpanLine
                key={row.at}
                row={row}
                total={trace.duration_ms}
                top={start}
                index={index}
                isFolded={folded.has(row.at)}
                isChosen={row.at === chosen}
                onChoose={() => onChoose(row.at)}
                onFold={() => fold(row.at, !folded.has(row.at))}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

interface SpanLineProps {
  readonly row: SpanRow;
  readonly total: number;
  readonly top: number;
  readonly index: number;
  readonly isFolded: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onFold: () => void;
}

function SpanLine({ row, total, top, index, isFolded, isChosen, onChoose, onFold }: SpanLineProps) {
  const { span, hasChildren } = row;
  const { left, width } = placeOf(span, total);
  const failed = span.outcome === 'error';
  const Fold = isFolded ? ChevronRight : ChevronDown;
  return (
    <tr
      className={failed ? 'span-row failed' : 'span-row'}
      style={{ top }}
      aria-rowindex={index + 2}
      aria-level={span.depth + 1}
      aria-expanded={hasChildren ? !isFolded : undefined}
      aria-selected={isChosen}
      tabIndex={isChosen ? 0 : -1}
      onClick={onChoose}
      onFocus={onChoose}
    >
      <td className="span-name" style={{ paddingLeft: `${0.8 * Math.min(span.depth, 12)}rem` }}>
        {/* The keys of the tree do the same. */}
        <span
          className="span-fold"
          aria-hidden="true"
          onClick={(event) => {
            if (!hasChildren) return;
            event.stopPropagation();
            onFold();
          }}
        >
          {hasChildren && <Fold size={14} />}
        </span>
        <span title={span.name}>{span.name}</span>
        {span.parent_missing && <span className="flag">parent not recorded</span>}
      </td>
      <td>{span.service}</td>
      <td className="number">{durationText(span.start_after_ms)}</td>
      <td className="number">{durationText(span.duration_ms)}</td>
      <td className="span-outcome">
        {failed && <TriangleAlert aria-hidden size={12} />} {outcomeText(span)}
      </td>
      <td className="span-scale">
        <span className="unseen">{`${(100 * left).toFixed(0)} % to ${(100 * (left + width)).toFixed(0)} %`}</span>
        <span className="span-bar" style={{ left: `${100 * left}%`, width: `${100 * width}%` }} />
      </td>
    </tr>
  );
}
