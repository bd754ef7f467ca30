import type { LogLine } from './line-fields.ts';

/** What a list of lines holds: lines, and places where some are missing. */
export type LineItem =
  | { readonly key: string; readonly line: LogLine }
  | { readonly key: string; readonly gap: string };

/** A row of the list: an item, or all that the line above it says. */
export interface ShownRow {
  readonly key: string;
  readonly item: LineItem;
  readonly isDetails: boolean;
}

/** The rows of items, with those of the lines that are opened. */
export const rowsOf = (items: readonly LineItem[], opened: ReadonlySet<string>): ShownRow[] =>
  items.flatMap((item) => {
    const row = { key: item.key, item, isDetails: false };
    return opened.has(item.key) ? [row, { key: `${item.key} details`, item, isDetails: true }] : [row];
  });

/** Which row a key leads to from the row at `from`; null where the key is none of the list's. Details are passed over. */
export function nextRow(rows: readonly ShownRow[], from: number, key: string, page: number): number | null {
  const last = rows.length - 1;
  const target = {
    ArrowDown: from + 1,
    ArrowUp: from - 1,
    PageDown: from + page,
    PageUp: from - page,
    Home: 0,
    End: last,
  }[key];
  if (target === undefined) return null;
  const canStand = (i: number) => i >= 0 && i <= last && !rows[i].isDetails && 'line' in rows[i].item;
  const bound = Math.min(last, Math.max(0, target));
  const step = target < from ? -1 : 1;
  for (let i = bound; i >= 0 && i <= last; i += step) if (canStand(i)) return i;
  for (let i = bound; i >= 0 && i <= last; i -= step) if (canStand(i)) return i;
  return null;
}
