import { type ReactNode, useMemo, useRef } from 'react';
import { inColumn, type NumberFormat } from '../../format/format.ts';
import { FullText } from './full-text.tsx';
import { useRowWindow } from './use-row-window.ts';

/** One column of the figures behind a chart. */
export interface TableColumn {
  /** With its unit where it has one. */
  readonly title: string;
  /** How a person reads its numbers; CSV has them exact. */
  readonly format?: NumberFormat;
  /** How its texts are shown where they are long; the complete one is on hover and focus, and in CSV. */
  readonly short?: (text: string) => string;
}

/** The figures behind a panel as rows; null is a figure that is not there. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How many of the first columns name a row; 2 unless said otherwise. */
  readonly namedBy?: number;
  /** Tells rows apart; their first two cells without. */
  readonly keys?: readonly string[];
}

const NONE = '–';

export const cellText = ({ format }: TableColumn, value: string | number | null): string => {
  if (value === null) return NONE;
  return typeof value === 'number' ? (format?.(value) ?? String(value)) : value;
};

/** The columns as they are shown: the numbers of each with one number of decimals. */
export const shownColumns = ({ columns, rows }: Table): readonly TableColumn[] =>
  columns.map((column, i) => {
    const { format } = column;
    if (!format?.column) return column;
    const numbers = rows.map((row) => (typeof row[i] === 'number' ? row[i] : null));
    return { ...column, format: inColumn(format, numbers) };
  });

interface FigureTableProps {
  readonly table: Table;
  /** What can be done with a row, in a column of its own. */
  readonly actions?: (row: number) => ReactNode;
}

/** Columns of a long table keep their widths while other rows come into sight. */
const COLUMN_REM = 6;

/**
 * The chart's twin for readers of text: the same figures, row by row; and a list that something can be done with. Of a
 * long one only the rows around those that are seen are in the page, each with its place among all.
 */
export function FigureTable({ table, actions }: FigureTableProps) {
  const { caption, rows } = table;
  const columns = useMemo(() => shownColumns(table), [table]);
  const scroller = useRef<HTMLElement>(null);
  // Rows with something to do are of lists that the server bounds, and differ in height.
  const shown = useRowWindow(scroller, rows.length, actions === undefined);
  const classes = useMemo(() => columns.map((_, i) => columnClass(table, i)), [columns, table]);
  const width = columns.length + (actions ? 1 : 0);
  return (
    <section
      ref={scroller}
      className={shown.isPart ? 'figure-table part' : 'figure-table'}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
      tabIndex={0}
      aria-label={caption}
    >
      <table
        aria-rowcount={shown.isPart ? rows.length + 1 : undefined}
        style={shown.isPart ? { minWidth: `${width * COLUMN_REM}rem` } : undefined}
      >
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr aria-rowindex={shown.isPart ? 1 : undefined}>
            {columns.map(({ title }, i) => (
              <th key={title} scope="col" className={classes[i]}>
                {title}
              </th>
            ))}
            {actions && <th scope="col">Actions</th>}
          </tr>
        </thead>
        <tbody>
          <Gap height={shown.above} width={width} />
          {shown.rows.map((at) => {
            const row = rows[at];
            return (
              <tr
                key={table.keys?.[at] ?? row.slice(0, table.namedBy ?? 2).join(' ')}
                aria-rowindex={shown.isPart ? at + 2 : undefined}
              >
                {row.map((value, i) => (
                  <td key={columns[i].title} className={classes[i]}>
                    <CellText text={cellText(columns[i], value)} short={columns[i].short} />
                  </td>
                ))}
                {actions && <td className="row-actions">{actions(at)}</td>}
              </tr>
            );
          })}
          <Gap height={shown.below} width={width} />
        </tbody>
      </table>
    </section>
  );
}

/** Longest texts of a column that keeps to one line, and of one that breaks once, such as a date and a time. */
const SHORT_TEXT = 14;
const MIDDLE_TEXT = 24;

/** Numbers are aligned at their ends, texts at their beginnings, and a column of nothing as its head says. */
export function columnClass(
  { columns, rows }: Pick<Table, 'columns' | 'rows'>,
  column: number,
): string | undefined {
  const { short = String } = columns[column];
  const texts = rows.map((row) => row[column]).filter((value) => typeof value === 'string');
  const isText = texts.length > 0 || (!columns[column].format && rows.every((row) => row[column] === null));
  if (!isText) return undefined;
  const longest = Math.max(0, ...texts.map((text) => short(text).length));
  return `text ${longest <= SHORT_TEXT ? 'short' : longest <= MIDDLE_TEXT ? 'middle' : 'long'}`;
}

/** The room of rows that are not in the page. */
function Gap({ height, width }: { readonly height: number; readonly width: number }) {
  if (height === 0) return null;
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: nothing in it can have the focus.
    <tr aria-hidden="true" className="gap">
      <td colSpan={width} style={{ height }} />
    </tr>
  );
}

/** Longer texts are cut to three lines on the screen; they are complete for screen readers, on hover and as CSV. */
const LONG_TEXT = 160;

function CellText({ text, short }: { readonly text: string } & Pick<TableColumn, 'short'>) {
  const inShort = short?.(text) ?? text;
  if (inShort !== text) return <FullText short={inShort} text={text} />;
  if (text.length < LONG_TEXT) return text;
  return (
    <span className="clamped" title={text}>
      {text}
    </span>
  );
}
