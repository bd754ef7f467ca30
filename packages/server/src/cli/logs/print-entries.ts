import { styleText } from 'node:util';
import type { LogCounts, TraceView } from '../../services/logging/queries/log-queries.ts';
import type { LogView } from './log-source.ts';

/** Colours a text, or leaves it as it is where the output is no terminal or NO_COLOR is set. */
export type Paint = (format: Parameters<typeof styleText>[0], text: string) => string;

/** @param stream where the text goes: whether it is a terminal decides. */
export const painterOf =
  (stream: NodeJS.WritableStream): Paint =>
  (format, text) =>
    styleText(format, text, { stream });

const LEVEL_STYLES: Readonly<Record<LogView['level'], Parameters<Paint>[0]>> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: ['bold', 'red'],
};

/** One line: time, level, service, event, message, ids and fields. What could steer a terminal is written as an escape. */
export function entryLine(entry: LogView, paint: Paint): string {
  const { timestamp, level, service, event, message, request_id, user_id, product, trace_id, fields } = entry;
  const told = Object.entries({ request_id, user_id, product, trace_id, ...fields }).flatMap(
    ([name, value]) =>
      value === null || value === undefined
        ? []
        : [`${paint('cyan', printable(name))}=${printable(textOf(value))}`],
  );
  return [
    paint('gray', timestamp),
    paint(LEVEL_STYLES[level], level.toUpperCase().padEnd(5)),
    printable(service).padEnd(14),
    ...(event === null ? [] : [paint('bold', printable(event))]),
    printable(message),
    ...told,
  ].join(' ');
}

const textOf = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return typeof value === 'string' && /[\s="]/.test(text) ? JSON.stringify(text) : text;
};

/** C0, DEL and C1, which a terminal may act on, and what turns the direction of writing. */
const STEERING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;
const printable = (text: string): string =>
  text.replace(STEERING, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Groups as a table: their number, and the values of the names. */
export function countLines({ by, groups }: LogCounts, paint: Paint): string[] {
  const width = Math.max('count'.length, ...groups.map(({ count }) => String(count).length));
  const rows = groups.map(
    ({ values, count }) =>
      `${String(count).padStart(width)}  ${values.map((value) => (value === null ? paint('gray', '-') : printable(value))).join('  ')}`,
  );
  return [paint('bold', `${'count'.padStart(width)}  ${by.join('  ')}`), ...rows];
}

/** A trace as a tree: when each span began after the first, how long it took, of which service, what it did. */
export function traceLines(trace: TraceView, paint: Paint): string[] {
  const { trace_id, duration_ms, services, spans, logs, complete } = trace;
  const lines = spans.map((span) => {
    const {
      start_after_ms,
      duration_ms: took,
      service,
      depth,
      name,
      kind,
      outcome,
      parent_missing,
      attributes,
    } = span;
    const delay = attributes.delay_ms;
    return [
      msOf(start_after_ms),
      msOf(took),
      printable(service).padEnd(14),
      `${'  '.repeat(depth)}${depth > 0 ? '└ ' : ''}${paint(outcome === 'error' ? 'red' : 'bold', printable(name))}`,
      ...(kind === null ? [] : [paint('gray', kind)]),
      ...(typeof delay === 'number' ? [paint('yellow', `after ${delay.toFixed(2)} ms under way`)] : []),
      ...(outcome === 'error' ? [paint('red', printable(String(attributes.reason ?? 'error')))] : []),
      ...(parent_missing ? [paint('gray', '(its parent is not recorded)')] : []),
    ].join(' ');
  });
  return [
    `${paint('bold', trace_id)}  ${duration_ms.toFixed(2)} ms  ${services.map(printable).join(', ')}`,
    paint('gray', `${'start'.padStart(10)} ${'duration'.padStart(10)}`),
    ...lines,
    ...(logs.length === 0 ? [] : ['', ...logs.map((entry) => entryLine(entry, paint))]),
    ...(complete ? [] : ['... and more lines than are read of one trace']),
  ];
}

const msOf = (ms: number): string => ms.toFixed(2).padStart(10);
