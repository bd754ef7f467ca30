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
}

const NONE = '–';

export const cellText = ({ format }: TableColumn, value: string | number | null): string => {
  if (value === null) return NONE;
  return typeof value === 'number' ? (format?.(value) ?? String(value)) : value;
};

/** The chart's twin for readers of text: the same figures, row by row. */
export function TableTwin({ table }: { readonly table: Table }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a keyboard can scroll only what it can reach.
    <section className="table-twin" tabIndex={0} aria-label={table.caption}>
      <table>
        <caption className="unseen">{table.caption}</caption>
        <thead>
          <tr>
            {table.columns.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row) => (
            <tr key={row.slice(0, table.namedBy ?? 2).join(' ')}>
              {row.map((value, i) => (
                <td key={table.columns[i].title} className={typeof value === 'string' ? 'text' : undefined}>
                  {cellText(table.columns[i], value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
