import { MAX_LINE_LENGTH } from '../tables/text-lines.ts';
import { type Bounds, beyondLimit } from '../transport/recording-limits.ts';

/** Looks through the bytes of a page for what would cost far more to read than its size says. */
export interface PageStructure {
  /** Why the page is not to be read, as far as its bytes up to here tell; null while it may be. */
  take(bytes: Uint8Array): string | null;
}

const [NEWLINE, QUOTE, COMMA, BACKSLASH] = [0x0a, 0x22, 0x2c, 0x5c];
const [BRACKET, BRACKET_END, BRACE, BRACE_END] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Counts the lines of a page and, of one that begins as JSON, nesting and values, of any other the length of
 * lines: parsed, a nesting of one byte
 * takes some 50 bytes, an empty object of three 56. A page may hold several documents, one a line: values are
 * counted for each.
 */
export function createPageStructure(limits: Bounds): PageStructure {
  let bytes = 0;
  let lines = 0;
  let lineLength = 0;
  let isJson: boolean | null = null;
  let depth = 0;
  let values = 0;
  let quoted = false;
  let escaped = false;

  const takeJson = (chunk: Uint8Array): string | null => {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (quoted) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) quoted = false;
      } else if (byte === QUOTE) quoted = true;
      else if (byte === COMMA) values += 1;
      else if (byte === BRACE || byte === BRACKET) {
        values = depth === 0 ? 1 : values + 1;
        depth += 1;
        if (depth > limits.maxDepth) return beyondLimit(limits, 'maxDepth', `JSON nested ${depth} deep`);
      } else if (byte === BRACE_END || byte === BRACKET_END) depth -= 1;
      if (values > limits.maxPageItems)
        return beyondLimit(limits, 'maxPageItems', `a JSON document of ${values} values`);
    }
    return null;
  };

  return {
    take: (chunk) => {
      bytes += chunk.length;
      if (bytes > limits.maxPageBytes) return beyondLimit(limits, 'maxPageBytes', `${bytes} bytes`);
      let longest = lineLength;
      let begin = -lineLength;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) {
        lines += 1;
        longest = Math.max(longest, at - begin);
        begin = at + 1;
      }
      lineLength = chunk.length - begin;
      if (lines > limits.maxPageItems) return beyondLimit(limits, 'maxPageItems', `${lines} lines`);
      if (isJson === null) {
        // Space, and the three bytes of a byte order mark.
        const first = chunk.find((byte) => byte > 0x20 && ![0xef, 0xbb, 0xbf].includes(byte));
        if (first !== undefined) isJson = first === BRACE || first === BRACKET;
      }
      if (isJson) return takeJson(chunk);
      return Math.max(longest, lineLength) > MAX_LINE_LENGTH
        ? `a line of more than ${MAX_LINE_LENGTH} bytes`
        : null;
    },
  };
}
