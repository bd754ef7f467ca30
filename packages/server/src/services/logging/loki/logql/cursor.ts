import { reasonOf } from '../../../../kit/errors.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import { type Token, type TokenKind, tokensOf, wrongAt } from './tokens.ts';

/** Reads the tokens of a query, one after the other. */
export interface Cursor {
  readonly query: string;
  /** The next token, or the one so many after it. */
  peek(ahead?: number): Token;
  next(): Token;
  /** Takes the next token where it is this symbol or word. */
  takes(text: string): boolean;
  expect(text: string): Token;
  expectKind(kind: TokenKind, what: string): Token;
  /** Refuses the query for what stands there; what was expected, in words. */
  unexpected(token: Token, expected: string): Error;
  pattern(token: Token): Pattern;
  /** Runs what may contain itself; refuses a query that nests too deep. */
  nested<T>(read: () => T): T;
}

/** Parentheses in each other: more are no query of anybody, and a stack that could end. */
const MAX_DEPTH = 40;

export function createCursor(query: string): Cursor {
  const tokens = tokensOf(query);
  let place = 0;
  let depth = 0;
  const peek = (ahead = 0): Token => tokens[Math.min(place + ahead, tokens.length - 1)];
  const next = (): Token => {
    const token = peek();
    place += 1;
    return token;
  };
  const is = ({ kind, text }: Token, wanted: string) =>
    (kind === 'symbol' || kind === 'name') && text === wanted;
  const unexpected = ({ kind, text, at }: Token, expected: string) => {
    const found = kind === 'end' ? '$end' : JSON.stringify(text);
    return wrongAt(query, at, `syntax error: unexpected ${found}, expecting ${expected}`);
  };
  return {
    query,
    peek,
    next,
    takes(text) {
      if (!is(peek(), text)) return false;
      place += 1;
      return true;
    },
    expect(text) {
      const token = next();
      if (!is(token, text)) throw unexpected(token, JSON.stringify(text));
      return token;
    },
    expectKind(kind, what) {
      const token = next();
      if (token.kind !== kind) throw unexpected(token, what);
      return token;
    },
    unexpected,
    pattern({ text, at }) {
      try {
        return compilePattern(text);
      } catch (error) {
        throw wrongAt(query, at, reasonOf(error));
      }
    },
    nested(read) {
      depth += 1;
      if (depth > MAX_DEPTH) throw wrongAt(query, peek().at, `nested more than ${MAX_DEPTH} deep`);
      const found = read();
      depth -= 1;
      return found;
    },
  };
}
