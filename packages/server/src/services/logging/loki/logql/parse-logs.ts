import type { Cursor } from './cursor.ts';
import type {
  Condition,
  ExtractedName,
  LogQuery,
  Matcher,
  MatchOperator,
  NumberCondition,
  Stage,
} from './query.ts';
import { type Token, wrongAt } from './tokens.ts';

/** Of a selector or a pipeline: more are written by a program, and each costs time for each line. */
const MAX_PARTS = 50;

const MATCH_OPERATORS: ReadonlySet<string> = new Set(['=', '!=', '=~', '!~']);
const LINE_OPERATORS: ReadonlySet<string> = new Set(['|=', '!=', '|~', '!~']);
const NUMBER_OPERATORS: ReadonlySet<string> = new Set(['=', '==', '!=', '>', '>=', '<', '<=']);
/** Stages of Loki that are not known here. */
const UNKNOWN_STAGES: ReadonlySet<string> = new Set(
  'pattern regexp unpack line_format label_format decolorize unwrap distinct'.split(' '),
);

/** `{a="x"} |= "text" | json | level="error"`, up to what is no stage of it. */
export function parseLogs(cursor: Cursor): LogQuery {
  const start = cursor.peek();
  const matchers = parseSelector(cursor);
  if (!matchers.some(({ fits }) => !fits(''))) {
    const reason =
      'queries require at least one regexp or equality matcher that does not have an empty-compatible value';
    throw wrongAt(cursor.query, start.at, reason);
  }
  const stages: Stage[] = [];
  for (let stage = parseStage(cursor); stage !== null; stage = parseStage(cursor)) {
    stages.push(stage);
    bounded(cursor, stages, 'stages');
  }
  return { kind: 'logs', matchers, stages };
}

export function parseSelector(cursor: Cursor): Matcher[] {
  cursor.expect('{');
  const matchers: Matcher[] = [];
  if (cursor.takes('}')) return matchers;
  do {
    const { text: label } = cursor.expectKind('name', 'a label');
    const operator = cursor.next();
    if (!MATCH_OPERATORS.has(operator.text)) throw cursor.unexpected(operator, '=, !=, =~ or !~');
    const value = cursor.expectKind('text', 'a text in quotes');
    matchers.push(matcherOf(cursor, label, operator.text as MatchOperator, value));
    bounded(cursor, matchers, 'matchers');
  } while (cursor.takes(','));
  cursor.expect('}');
  return matchers;
}

function matcherOf(cursor: Cursor, label: string, operator: MatchOperator, token: Token): Matcher {
  const value = token.text;
  if (operator === '=') return { label, operator, value, fits: (given) => given === value };
  if (operator === '!=') return { label, operator, value, fits: (given) => given !== value };
  const pattern = cursor.pattern(token);
  const wanted = operator === '=~';
  return { label, operator, value, fits: (given) => pattern.entire(given) === wanted };
}

function parseStage(cursor: Cursor): Stage | null {
  const { text, kind } = cursor.peek();
  if (kind !== 'symbol') return null;
  if (LINE_OPERATORS.has(text)) return parseLineFilter(cursor);
  if (text !== '|') return null;
  cursor.next();
  const name = cursor.peek();
  if (UNKNOWN_STAGES.has(name.text) && name.kind === 'name')
    throw wrongAt(cursor.query, name.at, `the stage ${name.text} is not supported`);
  const isFilter = cursor.peek(1).kind === 'symbol' && NUMBER_OPERATORS.has(cursor.peek(1).text);
  if (name.kind === 'name' && !isFilter) {
    if (name.text === 'json' || name.text === 'logfmt') {
      cursor.next();
      return { kind: name.text, names: parseExtracted(cursor, name.text) };
    }
    if (name.text === 'drop' || name.text === 'keep') {
      cursor.next();
      return { kind: name.text, names: parseNames(cursor) };
    }
  }
  return { kind: 'filter', condition: parseCondition(cursor) };
}

function parseLineFilter(cursor: Cursor): Stage {
  const operator = cursor.next().text as '|=' | '!=' | '|~' | '!~';
  const tests: ((line: string) => boolean)[] = [];
  const values: string[] = [];
  do {
    const token = cursor.expectKind('text', 'a text in quotes');
    const { text } = token;
    values.push(text);
    bounded(cursor, values, 'texts');
    const isText = operator === '|=' || operator === '!=';
    tests.push(isText ? (line) => line.includes(text) : cursor.pattern(token).found);
  } while (cursor.takes('or'));
  const wanted = operator.startsWith('|');
  return { kind: 'line', operator, values, fits: (line) => tests.some((test) => test(line)) === wanted };
}

function parseExtracted(cursor: Cursor, parser: 'json' | 'logfmt'): ExtractedName[] {
  const names: ExtractedName[] = [];
  while (cursor.peek().kind === 'name') {
    const { text: label } = cursor.next();
    const token = cursor.takes('=') ? cursor.expectKind('text', 'a path in quotes') : null;
    const path = token === null ? [label] : parser === 'json' ? pathOf(cursor, token) : [token.text];
    names.push({ label, path });
    bounded(cursor, names, 'labels');
    if (!cursor.takes(',')) break;
  }
  return names;
}

const STEP = /\.?([A-Za-z_][\w-]*)|\[(\d{1,6})\]|\["([^"\]]*)"\]/y;

/** `a.b[0]["c d"]` as its steps. */
function pathOf(cursor: Cursor, { text, at }: Token): (string | number)[] {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  for (let place = 0; place < text.length; place = STEP.lastIndex) {
    const found = STEP.exec(text);
    if (found === null) throw wrongAt(cursor.query, at, `${JSON.stringify(text)} is no path of JSON`);
    const [, name, index, quoted] = found;
    path.push(index === undefined ? (name ?? quoted) : Number(index));
  }
  if (path.length === 0) throw wrongAt(cursor.query, at, 'a path of JSON is empty');
  return path;
}

export function parseNames(cursor: Cursor): string[] {
  const names: string[] = [];
  do {
    names.push(cursor.expectKind('name', 'a label').text);
    bounded(cursor, names, 'labels');
  } while (cursor.takes(','));
  return names;
}

function parseCondition(cursor: Cursor): Condition {
  const any = [parseAll(cursor)];
  while (cursor.takes('or')) {
    any.push(parseAll(cursor));
    bounded(cursor, any, 'conditions');
  }
  return any.length === 1 ? any[0] : { kind: 'or', of: any };
}

function parseAll(cursor: Cursor): Condition {
  const all = [parseOne(cursor)];
  while (cursor.takes('and') || cursor.takes(',')) {
    all.push(parseOne(cursor));
    bounded(cursor, all, 'conditions');
  }
  return all.length === 1 ? all[0] : { kind: 'and', of: all };
}

function parseOne(cursor: Cursor): Condition {
  if (cursor.takes('(')) {
    const condition = cursor.nested(() => parseCondition(cursor));
    cursor.expect(')');
    return condition;
  }
  const { text: label } = cursor.expectKind('name', 'a label or a parser');
  const operator = cursor.next();
  const sign = cursor.takes('-') ? -1 : 1;
  const value = cursor.next();
  if (value.kind === 'text' && sign === 1 && MATCH_OPERATORS.has(operator.text))
    return { kind: 'match', ...matcherOf(cursor, label, operator.text as MatchOperator, value) };
  if (!NUMBER_OPERATORS.has(operator.text) && !MATCH_OPERATORS.has(operator.text))
    throw cursor.unexpected(operator, 'an operator');
  const isNumber = value.kind === 'number' || value.kind === 'duration' || value.kind === 'bytes';
  if (!isNumber || !NUMBER_OPERATORS.has(operator.text))
    throw cursor.unexpected(value, `a value that ${operator.text} compares`);
  const compared = operator.text === '==' ? '=' : operator.text;
  return {
    ...{ kind: 'number', label, operator: compared as NumberCondition['operator'] },
    ...{ unit: value.kind as NumberCondition['unit'], value: sign * value.value },
  };
}

function bounded(cursor: Cursor, parts: readonly unknown[], what: string): void {
  if (parts.length > MAX_PARTS)
    throw wrongAt(cursor.query, cursor.peek().at, `more than ${MAX_PARTS} ${what}`);
}
