import type { TypeError as CelTypeError, ParseError } from '@marcbachmann/cel-js';
import type { Vocabulary } from '../vocabulary.ts';
import { FUNCTIONS, isFunction } from './functions.ts';
import { nearestName } from './nearest-name.ts';
import { type ConditionProblem, didYouMean, type Position } from './problem.ts';

type CelError = ParseError | CelTypeError;

/** What the library found wrong with a text, in the words of conditions. */
export function explainError(error: CelError, text: string, vocabulary: Vocabulary): ConditionProblem {
  const position = positionOf(error, text);
  const found = text.slice(position.start, position.end);
  switch (error.code) {
    case 'unknown_variable':
      return unknownName(found, position, vocabulary);
    case 'no_matching_overload':
      return unknownCall(error.summary, found, position);
    case 'no_such_overload':
    case 'invalid_ternary':
      return { message: mismatch(error.summary, found), position, suggestion: null };
    case 'limit_exceeded':
      return {
        message: `the condition is too large or too deeply nested: ${error.summary}`,
        position,
        suggestion: null,
      };
    case 'unexpected_token':
    case 'unexpected_character':
      return { message: unexpectedToken(found, position, text), position, suggestion: null };
    default:
      return { message: inWords(error.summary), position, suggestion: null };
  }
}

function positionOf({ range }: CelError, text: string): Position {
  const start = Math.min(range?.start ?? 0, text.length);
  return { start, end: Math.min(Math.max(range?.end ?? start, start), text.length) };
}

function unknownName(found: string, position: Position, { words }: Vocabulary): ConditionProblem {
  const suggestion = nearestName(found, [...words.keys()]);
  return { message: `there is no figure ${found}${didYouMean(suggestion)}`, position, suggestion };
}

function unknownCall(summary: string, found: string, position: Position): ConditionProblem {
  const name = found.split('(', 1)[0].trim();
  if (isFunction(name)) {
    return {
      message: `${name} is called as ${FUNCTIONS[name].usage}, not as ${inWords(calledAs(summary))}`,
      position,
      suggestion: null,
    };
  }
  const suggestion = nearestName(name, Object.keys(FUNCTIONS));
  const offered = Object.values(FUNCTIONS).map(({ usage }) => usage);
  return {
    message: `${name} is no function of conditions${didYouMean(suggestion) || `; they are ${offered.join(', ')}`}`,
    position,
    suggestion,
  };
}

const calledAs = (summary: string): string => /'(.*)'/s.exec(summary)?.[1] ?? summary;

function mismatch(summary: string, found: string): string {
  if (/\bnull\b/.test(summary))
    return `${found}: null is compared with nothing; a figure that is null makes a comparison neither true nor false`;
  if (summary.includes(' in '))
    return `${found}: what is looked for and what the list holds differ; numbers in a list are written 1.0`;
  return `${found}: ${inWords(summary)}`;
}

function unexpectedToken(found: string, { start }: Position, text: string): string {
  return text.slice(start).trim() === '' ? 'the condition ends too early' : `${found} was not expected here`;
}

const TYPES: Readonly<Record<string, string>> = {
  double: 'number',
  int: 'whole number',
  uint: 'unsigned number',
  string: 'name',
  bool: 'true-or-false',
  'list<string>': 'list of names',
};

/** Types as people call them. */
const inWords = (summary: string): string =>
  summary.replace(/list<string>|\b(?:double|int|uint|string|bool)\b/g, (type) => TYPES[type]);
