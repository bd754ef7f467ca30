import type { RequestOf, Routes } from '@deltastream/client';

type Asked = RequestOf<Routes['listLogs']>;

/** What lines can be chosen by; each stands in the address as `log-NAME`, as panels of the market have names of their own. */
export const CRITERIA = [
  'text',
  'level',
  'service',
  'event',
  'product',
  'user_id',
  'request_id',
  'trace_id',
  'fields',
] as const;
export type Criterion = (typeof CRITERIA)[number];
/** One without a value holds for every line. */
export type LogFilter = Readonly<Partial<Record<Criterion, string>>>;

/** Least levels, with the words for them. */
export const LEVELS = {
  debug: 'debug and above',
  info: 'info and above',
  warn: 'warnings and errors',
  error: 'errors',
} as const;
type Level = keyof typeof LEVELS;
const isLevel = (text: string): text is Level => Object.hasOwn(LEVELS, text);

/** What the server takes at most. */
export const LONGEST: Readonly<Record<Criterion, number>> = {
  text: 500,
  level: 10,
  service: 200,
  event: 200,
  product: 200,
  user_id: 200,
  request_id: 200,
  trace_id: 200,
  fields: 1_000,
};

const parameterOf = (name: Criterion): string => `log-${name.replace('_', '-')}`;

/** The filter of an address; a level that there is not, and what is too long, is left out. */
export function readFilter(search: string): LogFilter {
  const query = new URLSearchParams(search);
  const given = CRITERIA.map((name) => [name, query.get(parameterOf(name))?.trim() ?? ''] as const);
  return Object.fromEntries(
    given.filter(
      ([name, value]) =>
        value !== '' && value.length <= LONGEST[name] && (name !== 'level' || isLevel(value)),
    ),
  );
}

/** Changes parameters of a query: those of the filter that are named; empty takes away. */
export function writeFilter(query: URLSearchParams, changes: LogFilter): void {
  for (const name of CRITERIA) {
    if (!(name in changes)) continue;
    const value = changes[name]?.trim() ?? '';
    if (value === '') query.delete(parameterOf(name));
    else query.set(parameterOf(name), value);
  }
}

/** As the routes of the log are asked for it. */
export const criteriaOf = (filter: LogFilter): Pick<Asked, Criterion> => filter as Pick<Asked, Criterion>;

/** Whether a field can be asked for: its name and value are written with `=` and commas between them. */
export const canAskForField = (path: string, value: string): boolean =>
  !path.includes('=') && !path.includes(',') && !value.includes(',') && value.trim() === value;

/** The filter's fields with one more: another value of the same name takes its place. */
export function withField(fields: string | undefined, path: string, value: string): string {
  const others = (fields ?? '').split(',').filter((pair) => pair !== '' && !pair.startsWith(`${path}=`));
  return [...others, `${path}=${value}`].join(',');
}
