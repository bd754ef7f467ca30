import type { ReactNode } from 'react';

/** One column of the figures behind a chart. */
export interface TableColumn {
  /** With its unit where it has one. */
  readonly title: string;
  /** How a person reads its numbers; CSV has them exact. */
  readonly format?: (value: number) => string;
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

interface TableTwinProps {
  readonly table: Table;
  /** What can be done with a row, in a column of its own. */
  readonly actions?: (row: number) => ReactNode;
}

/** The chart's twin for readers of text: the same figures, row by row; and a list that something can be done with. */
export function TableTwin({ table, actions }: TableTwinProps) {
  const classes = table.columns.map((_column, i) =>
    table.rows.some((row) => typeof row[i] === 'string') ? 'text' : undefined,
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
    <section className="table-twin" tabIndex={0} aria-label={table.caption}>
      <table>
        <caption className="unseen">{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map(({ title }, i) => (
              <th key={title} scope="col" className={classes[i]}>
                {title}
              </th>
            ))}
            {actions && <th scope="col">Actions</th>}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, at) => (
            <tr key={table.keys?.[at] ?? row.slice(0, table.namedBy ?? 2).join(' ')}>
              {row.map((value, i) => (
                <td key={table.columns[i].title} className={classes[i]}>
                  <CellText text={cellText(table.columns[i], value)} />
                </td>
              ))}
              {actions && <td className="row-actions">{actions(at)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Longer texts are cut to three lines on the screen; they are complete for screen readers, on hover and as CSV. */
const LONG_TEXT = 160;

const CellText = ({ text }: { readonly text: string }) =>
  text.length < LONG_TEXT ? (
    text
  ) : (
    <span className="clamped" title={text}>
      {text}
    </span>
  );
