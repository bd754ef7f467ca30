import { type Cursor, createCursor } from './cursor.ts';
import { parseLogs, parseNames, parseSelector } from './parse-logs.ts';
import type { Aggregation, Binary, Expression, Grouping, LogQuery, Matcher, Metric } from './query.ts';
import { type Token, wrongAt } from './tokens.ts';

const RANGES: ReadonlySet<string> = new Set(['count_over_time', 'rate']);
const AGGREGATIONS: ReadonlySet<string> = new Set(['sum', 'avg', 'min', 'max', 'count']);
/** Longest range: what a store keeps is less. */
const MAX_RANGE_MS = 31_536_000_000;
/** Operators of one query, beyond those in parentheses. */
const MAX_OPERATORS = 50;
const PRECEDENCE: readonly (readonly Binary['operator'][])[] = [
  ['+', '-'],
  ['*', '/', '%'],
];

/** Reads a query. Rejects with `invalid_request` that names the line and column of what is wrong. */
export function parseLogql(query: string): Expression {
  const cursor = createCursor(query);
  const found = parseExpression(cursor);
  const rest = cursor.peek();
  if (rest.kind !== 'end') throw cursor.unexpected(rest, 'the end of the query');
  return found;
}

/** Reads a query of lines, where numbers make no sense. */
export function parseLogsQuery(query: string): LogQuery {
  const found = parseLogql(query);
  if (found.kind !== 'logs')
    throw wrongAt(query, 0, 'a query of lines is expected, and this is one of numbers');
  return found;
}

/** Reads a selector alone. One that is empty or everything is taken: what it selects is not read as lines. */
export function parseMatchers(query: string): Matcher[] {
  const cursor = createCursor(query);
  const matchers = parseSelector(cursor);
  const rest = cursor.peek();
  if (rest.kind !== 'end') throw cursor.unexpected(rest, 'the end of the selector');
  return matchers;
}

function parseExpression(cursor: Cursor, level = 0): Expression {
  if (level === PRECEDENCE.length) return parsePrimary(cursor);
  const start = cursor.peek();
  let left = parseExpression(cursor, level + 1);
  for (let count = 1; ; count++) {
    const operator = PRECEDENCE[level].find((each) => each === cursor.peek().text);
    if (operator === undefined || cursor.peek().kind !== 'symbol') return left;
    if (count > MAX_OPERATORS)
      throw wrongAt(cursor.query, cursor.peek().at, `more than ${MAX_OPERATORS} operators`);
    cursor.next();
    const second = cursor.peek();
    const right = parseExpression(cursor, level + 1);
    left = {
      ...{ kind: 'binary', operator },
      ...{ left: metricOf(cursor, start, left), right: metricOf(cursor, second, right) },
    };
  }
}

function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  if (token.kind === 'symbol' && token.text === '{') return parseLogs(cursor);
  cursor.next();
  if (token.kind === 'number') return { kind: 'scalar', value: token.value };
  if (token.kind === 'symbol' && (token.text === '-' || token.text === '+')) {
    const { value } = cursor.expectKind('number', 'a number');
    return { kind: 'scalar', value: token.text === '-' ? -value : value };
  }
  if (token.kind === 'symbol' && token.text === '(') {
    const inner = cursor.nested(() => parseExpression(cursor));
    cursor.expect(')');
    return inner;
  }
  if (token.kind !== 'name') throw cursor.unexpected(token, 'a selector in braces, or a function');
  if (token.text === 'vector') return parseVector(cursor);
  if (RANGES.has(token.text)) return parseRange(cursor, token.text as 'count_over_time' | 'rate');
  if (AGGREGATIONS.has(token.text)) return parseAggregation(cursor, token.text as Aggregation['of']);
  const known = [...RANGES, ...AGGREGATIONS, 'vector'].join(', ');
  throw wrongAt(cursor.query, token.at, `${JSON.stringify(token.text)} is not supported; known are ${known}`);
}

function parseVector(cursor: Cursor): Metric {
  cursor.expect('(');
  const sign = cursor.takes('-') ? -1 : 1;
  const { value } = cursor.expectKind('number', 'a number');
  cursor.expect(')');
  return { kind: 'vector', value: sign * value };
}

function parseRange(cursor: Cursor, of: 'count_over_time' | 'rate'): Metric {
  cursor.expect('(');
  const query = parseLogs(cursor);
  cursor.expect('[');
  const range = cursor.expectKind('duration', 'a duration such as 5m');
  if (!(range.value >= 1 && range.value <= MAX_RANGE_MS))
    throw wrongAt(cursor.query, range.at, 'a range is 1ms to 1y');
  cursor.expect(']');
  const hasOffset = cursor.takes('offset');
  const offsetMs = hasOffset ? cursor.expectKind('duration', 'a duration such as 5m').value : 0;
  cursor.expect(')');
  return { kind: 'range', of, query, rangeMs: Math.trunc(range.value), offsetMs: Math.trunc(offsetMs) };
}

function parseAggregation(cursor: Cursor, of: Aggregation['of']): Metric {
  const before = parseGrouping(cursor);
  cursor.expect('(');
  const start = cursor.peek();
  const inner = cursor.nested(() => metricOf(cursor, start, parseExpression(cursor)));
  cursor.expect(')');
  const by = before ?? parseGrouping(cursor) ?? { without: false, labels: [] };
  return { kind: 'aggregation', of, by, inner };
}

function parseGrouping(cursor: Cursor): Grouping | null {
  const without = cursor.takes('without');
  if (!without && !cursor.takes('by')) return null;
  cursor.expect('(');
  const labels = cursor.takes(')') ? null : parseNames(cursor);
  if (labels !== null) cursor.expect(')');
  return { without, labels: labels ?? [] };
}

function metricOf(cursor: Cursor, start: Token, found: Expression): Metric {
  if (found.kind !== 'logs') return found;
  throw wrongAt(cursor.query, start.at, 'lines are no numbers; count them with count_over_time(... [5m])');
}
