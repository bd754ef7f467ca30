import './line-list.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { ChevronRight } from 'lucide-react';
import {
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { useFormat } from '../../../preferences/use-preferences.tsx';
import { LineDetails } from './line-details.tsx';
import { type LogLine, lineTime } from './line-fields.ts';
import { type LineItem, nextRow, rowsOf } from './shown-rows.ts';

interface LineListProps {
  readonly label: string;
  readonly items: readonly LineItem[];
  /** There are further lines than those that are here. */
  readonly more?: boolean;
  /** The reader came to the last of them. */
  readonly onEnd?: () => void;
  /** The reader looks at a line, or at lines further down: what comes on top now would move them. */
  readonly onRead?: () => void;
  /** Below the last line. */
  readonly end?: ReactNode;
}

/** Heights until rows are measured, and of the list. */
const ROW_PX = 26;
const LIST_PX = 560;
/** Rows beyond each edge, so that scrolling meets rows and no gaps. */
const BEYOND = 20;
/** Rows that PageUp and PageDown go. */
const PAGE_ROWS = 15;
/** Of `10:00:00.042`, without a date. */
const TIME_LENGTH = 12;
const COLUMNS = ['Time', 'Level', 'Service', 'Event', 'Message'] as const;

/**
 * Lines of the log, each with all that it says on demand. Only rows that are seen, and some beyond, are in the page.
 * Arrow keys go from line to line, Enter opens one.
 */
export function LineList({ label, items, more = false, onEnd, onRead, end }: LineListProps) {
  const scroller = useRef<HTMLElement>(null);
  const format = useFormat();
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  /** The line that Tab leads to; the first until one is gone to. */
  const [current, setCurrent] = useState<string | null>(null);
  const [takesFocus, setTakesFocus] = useState(false);
  const rows = useMemo(() => rowsOf(items, opened), [items, opened]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    getItemKey: (i) => rows[i].key,
    estimateSize: () => ROW_PX,
    initialRect: { width: 0, height: LIST_PX },
    overscan: BEYOND,
  });
  const seen = virtual.getVirtualItems();
  const found = rows.findIndex(({ key }) => key === current);
  const at = found === -1 ? rows.findIndex(({ item }) => 'line' in item) : found;

  // Lines of another day say which: the oldest of them is the last.
  const oldest = items.findLast((item) => 'line' in item);
  const isDated =
    oldest !== undefined && 'line' in oldest && lineTime(oldest.line, format).length > TIME_LENGTH;

  const lastSeen = seen.at(-1)?.index ?? -1;
  useEffect(() => {
    if (lastSeen >= rows.length - 1) onEnd?.();
  }, [lastSeen, rows.length, onEnd]);
  // A row that was gone to may only come into the page now.
  useEffect(() => {
    if (!takesFocus) return;
    const row = scroller.current?.querySelector<HTMLElement>('button[tabindex="0"]');
    if (!row) return;
    row.focus();
    setTakesFocus(false);
  });

  function toggle(key: string): void {
    const next = new Set(opened);
    if (!next.delete(key)) next.add(key);
    setOpened(next);
    setCurrent(key);
    onRead?.();
  }
  function pressed(event: KeyboardEvent): void {
    const isLine = (event.target as HTMLElement).classList.contains('line-open');
    const next = isLine ? nextRow(rows, at, event.key, PAGE_ROWS) : null;
    if (next === null) return;
    event.preventDefault();
    setCurrent(rows[next].key);
    setTakesFocus(true);
    virtual.scrollToIndex(next);
    onRead?.();
  }

  return (
    <section
      ref={scroller}
      className={isDated ? 'line-list dated' : 'line-list'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
      tabIndex={0}
      aria-label={label}
      onKeyDown={pressed}
      onScroll={({ currentTarget }) => currentTarget.scrollTop > ROW_PX && onRead?.()}
    >
      <table aria-rowcount={more ? -1 : rows.length + 1}>
        <caption className="unseen">{label}</caption>
        <thead>
          <tr aria-rowindex={1} className="line-row">
            {COLUMNS.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }}>
          {seen.map(({ index, start, key }) => {
            const { item, isDetails } = rows[index];
            const place = {
              ref: virtual.measureElement,
              'data-index': index,
              'aria-rowindex': index + 2,
              style: { top: start },
            };
            if ('line' in item && !isDetails)
              return (
                <Line
                  key={key}
                  place={place}
                  line={item.line}
                  id={item.key}
                  isOpen={opened.has(item.key)}
                  isCurrent={index === at}
                  onToggle={toggle}
                />
              );
            return (
              <tr key={key} {...place}>
                <td colSpan={COLUMNS.length} className={isDetails ? undefined : 'line-gap'}>
                  {'line' in item ? <LineDetails line={item.line} /> : item.gap}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      {end}
    </section>
  );
}

interface LineProps {
  /** Where its row stands. */
  readonly place: ComponentProps<'tr'>;
  readonly line: LogLine;
  readonly id: string;
  readonly isOpen: boolean;
  readonly isCurrent: boolean;
  readonly onToggle: (id: string) => void;
}

/** A click anywhere in the row does what its button does, by keys too; one that marked text does not. */
function Line({ place, line, id, isOpen, isCurrent, onToggle }: LineProps) {
  const time = lineTime(line, useFormat());
  return (
    <tr
      {...place}
      className={`line-row ${line.level}`}
      onClick={() => getSelection()?.isCollapsed !== false && onToggle(id)}
    >
      <td>
        <button
          type="button"
          className="line-open"
          aria-expanded={isOpen}
          aria-label={`${time}: all fields`}
          tabIndex={isCurrent ? 0 : -1}
        >
          <ChevronRight aria-hidden size={12} /> <time dateTime={line.timestamp}>{time}</time>
        </button>
      </td>
      <td className="line-level">{line.level}</td>
      <td className="line-service">{line.service}</td>
      <td className="line-event">{line.event ?? '–'}</td>
      <td className="line-message">{line.message}</td>
    </tr>
  );
}
