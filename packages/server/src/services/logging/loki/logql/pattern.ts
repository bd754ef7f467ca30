import { createRequire } from 'node:module';

export interface Pattern {
  /** Whether it is anywhere in a text. */
  found(text: string): boolean;
  /** Whether a text is it, from the first character to the last. */
  entire(text: string): boolean;
}

/** Longer ones are lists that somebody made by a program; each character costs time for each character of a line. */
const MAX_CHARACTERS = 1_000;
/** Instructions that a pattern may become: `(a{100}){10}` has 1,000. */
const MAX_INSTRUCTIONS = 2_000;

/** For a library that a process does not need before it is asked for its log in this way. */
const load = createRequire(import.meta.url);

/**
 * A regular expression in the syntax of RE2, which is matched in time that grows with the text and the pattern alone: none can
 * hold up the service. Throws an Error that says what is wrong with it.
 */
export function compilePattern(text: string): Pattern {
  if (text.length > MAX_CHARACTERS)
    throw new Error(`a regular expression has more than ${MAX_CHARACTERS} characters`);
  const { RE2JS } = load('re2js') as typeof import('re2js');
  const compiled = RE2JS.compile(text, RE2JS.DOTALL);
  if (compiled.programSize() > MAX_INSTRUCTIONS)
    throw new Error(`a regular expression is too large: it has more than ${MAX_INSTRUCTIONS} instructions`);
  return { found: (line) => compiled.test(line), entire: (value) => compiled.testExact(value) };
}
