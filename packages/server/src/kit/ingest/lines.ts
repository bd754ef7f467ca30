import { DeltaStreamError, reasonOf } from '../errors.ts';

/** One line of a body, with the text by which it is known again. */
export interface Line {
  /** From 1; of an array the item. */
  readonly line: number;
  readonly text: string;
  /** Undefined where `problem` says why it cannot be read. */
  readonly value: unknown;
  readonly problem?: string;
}

/** `json`: an array of lines, or a single one. `ndjson`: a line is one of the text; empty ones are left out. */
export type BodyFormat = 'json' | 'ndjson';

/** The lines of a body. Throws `invalid_request` where a JSON body is none, or there are more than `maxLines`. */
export function linesOf(body: string, format: BodyFormat, maxLines: number): Iterable<Line> {
  if (format === 'ndjson') return textLines(body, maxLines);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    throw new DeltaStreamError(
      'invalid_request',
      `the body is not JSON (${(cause as Error).message}); send an array, or an object a line as application/x-ndjson`,
      { cause },
    );
  }
  const items = Array.isArray(value) ? value : [value];
  if (items.length > maxLines) throw tooMany(maxLines);
  return itemLines(items);
}

/** Values as lines, each read when its turn comes. */
export function* itemLines(items: readonly unknown[]): Generator<Line> {
  for (const [i, value] of items.entries()) {
    let text: string;
    try {
      text = JSON.stringify(value);
    } catch (error) {
      yield { line: i + 1, text: '', value: undefined, problem: `is nested too deeply: ${reasonOf(error)}` };
      continue;
    }
    yield { line: i + 1, text, value };
  }
}

function* textLines(body: string, maxLines: number): Generator<Line> {
  let line = 0;
  let taken = 0;
  for (let start = 0; start < body.length; ) {
    const newline = body.indexOf('\n', start);
    const end = newline < 0 ? body.length : newline;
    const text = body.slice(start, end).trim();
    start = end + 1;
    line++;
    if (text === '') continue;
    if (++taken > maxLines) throw tooMany(maxLines);
    yield parsed(line, text);
  }
}

/** A text as the line of this number. */
export function parsed(line: number, text: string): Line {
  try {
    return { line, text, value: JSON.parse(text) };
  } catch (error) {
    return { line, text, value: undefined, problem: `is not JSON: ${(error as Error).message}` };
  }
}

const tooMany = (maxLines: number) =>
  new DeltaStreamError('payload_too_large', `the body has more than ${maxLines} lines; send several bodies`);
