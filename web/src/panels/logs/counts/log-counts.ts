import type { ResponseOf, Routes } from '@deltastream/client';
import { canAskForField, type LogFilter, withField } from '../search/log-filter.ts';

type Group = ResponseOf<Routes['countLogs']>['groups'][number];

/** Names that lines are counted by, with the words for them; the first without a choice. */
export const COUNTED_BY = {
  service: 'service',
  level: 'level',
  event: 'event',
  product: 'product',
  user_id: 'user',
  'service,level': 'service and level',
  'service,event': 'service and event',
  'product,event': 'product and event',
} as const;
export type CountedBy = keyof typeof COUNTED_BY;
export const isCountedBy = (text: string): text is CountedBy => Object.hasOwn(COUNTED_BY, text);

/** What stands above the values of a name. */
export function titleOf(name: string): string {
  const text = isCountedBy(name) ? COUNTED_BY[name] : name;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Groups that are shown: a reader looks at the largest. */
export const MOST_SHOWN = 200;

const CRITERIA: ReadonlySet<string> = new Set([
  'service',
  'event',
  'product',
  'user_id',
  'request_id',
  'trace_id',
]);
/** A search by level holds for those above it, too. */
const EXACT_LEVELS: ReadonlySet<string> = new Set(['error']);

/** What looks for the lines of a group; null where that cannot be asked for, such as a value that lines do not have. */
export function filterOf(by: readonly string[], { values }: Group, { fields }: LogFilter): LogFilter | null {
  let filter: LogFilter = {};
  for (const [i, name] of by.entries()) {
    const value = values[i];
    if (value === null) return null;
    if (name === 'level') {
      if (!EXACT_LEVELS.has(value)) return null;
      filter = { ...filter, level: value };
    } else if (CRITERIA.has(name)) filter = { ...filter, [name]: value };
    else if (canAskForField(name, value))
      filter = { ...filter, fields: withField(filter.fields ?? fields, name, value) };
    else return null;
  }
  return filter;
}

/** Rows of a table: values, lines, and their share of all lines in percent. */
export function countRows(groups: readonly Group[]): (string | number | null)[][] {
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  return groups
    .slice(0, MOST_SHOWN)
    .map(({ values, count }) => [...values, count, (100 * count) / Math.max(1, all)]);
}
