import { DeltaStreamError } from '../../../../kit/errors.ts';

export type TokenKind = 'name' | 'text' | 'number' | 'duration' | 'bytes' | 'symbol' | 'end';

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the query; of a text what it says. */
  readonly text: string;
  /** Of a number itself, of a duration its milliseconds, of bytes their number; else NaN. */
  readonly value: number;
  /** Place of its first character. */
  readonly at: number;
}

/** Longer ones are no query that a person or a dashboard writes. */
const MAX_CHARACTERS = 5_000;

/** Refuses a query by the place where it is wrong, in the words of Loki. */
export function wrongAt(query: string, at: number, reason: string): DeltaStreamError {
  const before = query.slice(0, at).split('\n');
  const column = before[before.length - 1].length + 1;
  const message = `parse error at line ${before.length}, col ${column}: ${reason}`;
  return new DeltaStreamError('invalid_request', message);
}

const SPACE = /\s+/y;
const NAME = /[A-Za-z_]\w*/y;
const DURATION = /(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+(?![A-Za-z0-9_.])/y;
const BYTES = /(\d+(?:\.\d+)?)([kmgt]i?)?b(?![A-Za-z0-9_.])/iy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?(?![A-Za-z0-9_.])/iy;
const SYMBOL = /\|=|\|~|!=|!~|=~|==|>=|<=|[{}()[\],|=<>+\-*/%^]/y;

export function tokensOf(query: string): Token[] {
  if (query.length > MAX_CHARACTERS)
    throw wrongAt(query, MAX_CHARACTERS, `the query has more than ${MAX_CHARACTERS} characters`);
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(query);
  };
  while (at < query.length) {
    const space = match(SPACE);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    if (query[at] === '#') {
      const end = query.indexOf('\n', at);
      at = end === -1 ? query.length : end;
      continue;
    }
    const token = query[at] === '"' || query[at] === '`' ? quoted(query, at) : plain(match, at);
    if (token === null) throw wrongAt(query, at, `unexpected character ${JSON.stringify(query[at])}`);
    tokens.push(token.token);
    at += token.length;
  }
  tokens.push({ kind: 'end', text: '', value: Number.NaN, at: query.length });
  return tokens;
}

interface Read {
  readonly token: Token;
  readonly length: number;
}

function plain(match: (pattern: RegExp) => RegExpExecArray | null, at: number): Read | null {
  const read = (kind: TokenKind, [text]: RegExpExecArray, value = Number.NaN): Read => ({
    token: { kind, text, value, at },
    length: text.length,
  });
  const duration = match(DURATION);
  if (duration !== null) return read('duration', duration, durationMs(duration[0]) ?? Number.NaN);
  const size = match(BYTES);
  if (size !== null) return read('bytes', size, bytesOf(size[0]) ?? Number.NaN);
  const number = match(NUMBER);
  if (number !== null) return read('number', number, Number(number[0]));
  const name = match(NAME);
  if (name !== null) return read('name', name);
  const symbol = match(SYMBOL);
  return symbol && read('symbol', symbol);
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' },
  ...{ '\\': '\\', '"': '"', "'": "'" },
};
const HEX_ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const LAST_CODE_POINT = 0x10ffff;

function quoted(query: string, at: number): Read {
  const quote = query[at];
  let text = '';
  let i = at + 1;
  for (; i < query.length && query[i] !== quote; i++) {
    if (query[i] === '\n' && quote === '"') throw wrongAt(query, i, 'a line ends within a text');
    if (query[i] !== '\\' || quote === '`') {
      text += query[i];
      continue;
    }
    i += 1;
    const letter = query[i] ?? '';
    const digits = HEX_ESCAPES[letter];
    if (Object.hasOwn(ESCAPES, letter)) text += ESCAPES[letter];
    else if (digits !== undefined) {
      const hex = query.slice(i + 1, i + 1 + digits);
      const code = /^[0-9a-fA-F]+$/.test(hex) && hex.length === digits ? Number.parseInt(hex, 16) : Infinity;
      if (code > LAST_CODE_POINT) throw wrongAt(query, i - 1, 'a text has an unknown escape');
      text += String.fromCodePoint(code);
      i += digits;
    } else throw wrongAt(query, i - 1, 'a text has an unknown escape');
  }
  if (i >= query.length) throw wrongAt(query, at, 'a text is not ended');
  return { token: { kind: 'text', text, value: Number.NaN, at }, length: i + 1 - at };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ...{ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 },
  ...{ d: 86_400_000, w: 604_800_000, y: 31_536_000_000 },
};
const WHOLE_DURATION = /^-?(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|[smhdwy]))+$/;
const PART = /(\d+(?:\.\d+)?)(ns|us|µs|ms|[smhdwy])/g;

/** Milliseconds of `1h30m`; null when it is no duration. */
export function durationMs(text: string): number | null {
  if (text.length > 40 || !WHOLE_DURATION.test(text)) return null;
  let ms = 0;
  for (const [, value, unit] of text.matchAll(PART)) ms += Number(value) * UNIT_MS[unit];
  return text.startsWith('-') ? -ms : ms;
}

const WHOLE_BYTES = /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i)?)?b$/i;

/** Number of bytes of `5KB` (1000) or `5KiB` (1024); null when it says none. */
export function bytesOf(text: string): number | null {
  const found = text.length > 40 ? null : WHOLE_BYTES.exec(text);
  if (found === null) return null;
  const [, value, unit = '', binary] = found;
  const power = unit === '' ? 0 : 'kmgt'.indexOf(unit.toLowerCase()) + 1;
  return Number(value) * (binary === undefined ? 1_000 : 1_024) ** power;
}
