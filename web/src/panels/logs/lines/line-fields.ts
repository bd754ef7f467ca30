import type { ResponseOf, Routes } from '@deltastream/client';
import type { Format } from '../../../format/format.ts';
import { canAskForField, type LogFilter, withField } from '../search/log-filter.ts';

export type LogLine = ResponseOf<Routes['listLogs']>['logs'][number];

/** The names that every line has, in the order in which they are read. */
export const LINE_NAMES = [
  'timestamp',
  'level',
  'service',
  'event',
  'message',
  'product',
  'user_id',
  'request_id',
  'trace_id',
  'span_id',
] as const;

/** One thing that a line says. */
export interface LineField {
  readonly name: string;
  readonly value: string;
  /** What looks for lines that say the same; null where it cannot be asked for. */
  readonly filter: LogFilter | null;
}

const FILTERED = new Set(['service', 'event', 'product', 'user_id', 'request_id', 'trace_id']);
const FILTERED_LEVELS: Readonly<Record<string, string>> = { fatal: 'error', error: 'error', warn: 'warn' };

/** All that a line says, its fields by their paths; what it does not say is left out. */
export function fieldsOf(line: LogLine, filter: LogFilter): LineField[] {
  const named = LINE_NAMES.flatMap((name): LineField[] => {
    const value = line[name];
    if (value === null) return [];
    if (name === 'level') {
      const level = FILTERED_LEVELS[value];
      return [{ name, value, filter: level === undefined ? null : { level } }];
    }
    return [{ name, value, filter: FILTERED.has(name) ? { [name]: value } : null }];
  });
  const others = leavesOf(line.fields, []).map(({ path, value }): LineField => {
    const name = path.join('.');
    // A name with a dot is found by itself, but not below another one.
    const plain = path.length === 1 || path.every((part) => !part.includes('.'));
    const askable = plain && value !== 'null' && canAskForField(name, value);
    return { name, value, filter: askable ? { fields: withField(filter.fields, name, value) } : null };
  });
  return [...named, ...others];
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: string;
}

/** Lists are values: their items have no names. */
function leavesOf(value: unknown, path: readonly string[]): Leaf[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    if (entries.length > 0) return entries.flatMap(([name, each]) => leavesOf(each, [...path, name]));
    return path.length === 0 ? [] : [{ path, value: '{}' }];
  }
  return [{ path, value: typeof value === 'string' ? value : JSON.stringify(value) }];
}

/** Time of day to the millisecond; with the date where that is another day. */
export const lineTime = ({ timestamp }: Pick<LogLine, 'timestamp'>, format: Format): string =>
  `${format.timeOfDay(timestamp)}.${timestamp.slice(20, 23)}`;

const TRACE_ID = /^[0-9a-f]{32}$/i;
export const isTraceId = (text: string): boolean => TRACE_ID.test(text);
