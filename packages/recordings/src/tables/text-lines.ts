import type { Reading } from '../chains/reading.ts';
import { reasonOf } from '../recording-error.ts';
import type { Where } from '../source.ts';
import { isStopped } from '../transport/recording-access.ts';
import { isTooLarge } from '../transport/recording-limits.ts';

/** Lines that arrived together; the first has number `first`, counted from 1. */
export interface LineBatch {
  readonly kind: 'lines';
  readonly first: number;
  readonly lines: readonly string[];
}

/** The text breaks off in a line, for a reason; always the last item. */
interface BrokenOff {
  readonly kind: 'broken_off';
  readonly line: number;
  readonly rejection: 'truncated' | 'too_large';
  readonly reason: string;
}

/** A longer line is not a table row: its rest is not kept. */
export const MAX_LINE_LENGTH = 65_536;

/**
 * Splits UTF-8 bytes into lines without their ends. When the bytes break off, the lines complete until
 * then come first, the unfinished one is left out.
 */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch | BrokenOff> {
  const decoder = new TextDecoder();
  let rest = '';
  let next = 1;
  try {
    for await (const chunk of chunks) {
      const pieces = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = shortened(pieces.pop() as string);
      if (pieces.length === 0) continue;
      yield { kind: 'lines', first: next, lines: pieces.map(withoutReturn) };
      next += pieces.length;
    }
  } catch (error) {
    if (isStopped(error)) throw error;
    const rejection = isTooLarge(error) ? 'too_large' : 'truncated';
    yield { kind: 'broken_off', line: next, rejection, reason: reasonOf(error) };
    return;
  }
  rest += decoder.decode();
  if (rest !== '') yield { kind: 'lines', first: next, lines: [withoutReturn(rest)] };
}

/** What is said of a text that broke off. */
export const brokenOff = ({ line, rejection, reason }: BrokenOff, where: Where): Reading => ({
  kind: 'rejected',
  rejection,
  where: { ...where, line },
  reason,
});

function shortened(text: string): string {
  return text.length > MAX_LINE_LENGTH ? text.slice(0, MAX_LINE_LENGTH) : text;
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
