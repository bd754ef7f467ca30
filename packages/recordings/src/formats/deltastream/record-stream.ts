import { BadCell } from '../../tables/cells.ts';

/**
 * The layout of the files that a feed writes as it goes: a line of text that says what the file is, then records. A record is a
 * byte that says of what kind it is, the length of its content in four bytes (little-endian), the instant at which it was
 * written in epoch ms (a double), and the content. Files may follow each other in one: a line may stand wherever a record may.
 */
export interface FileRecord {
  readonly kind: number;
  /** Epoch ms. */
  readonly at: number;
  readonly content: Uint8Array;
}

/** What a file begins with, up to the line's end. */
export interface FileHead {
  readonly head: string;
}

const PREFIX_BYTES = 13; // Kind, length, instant.
const LINE_END = 0x0a;
/** No record is of this kind: all lines of ours begin with `deltastream`. */
const LINE_BEGIN = 'd'.charCodeAt(0);
/** A head is some hundred bytes; one without an end is none. */
const LONGEST_HEAD = 65_536;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @param magic what all files of a kind begin with, version included */
export const headLine = (magic: string, says: object): Uint8Array =>
  encoder.encode(`${magic} ${JSON.stringify(says)}\n`);

/** What the head of a file says, behind its magic. Throws BadCell where it is no object of JSON. */
export function headOfLine(magic: string, line: string): Readonly<Record<string, unknown>> {
  let says: unknown;
  try {
    says = JSON.parse(line.slice(magic.length));
  } catch {
    says = null;
  }
  if (line.startsWith(`${magic} `) && typeof says === 'object' && says !== null)
    return says as Record<string, unknown>;
  throw new BadCell('bad_value', `the file's first line is ${JSON.stringify(line.slice(0, 100))}`);
}

/** A record of these contents, one after the other, which are not copied. */
export function recordParts(kind: number, at: number, ...contents: Uint8Array[]): Uint8Array[] {
  const prefix = new Uint8Array(PREFIX_BYTES);
  const view = new DataView(prefix.buffer);
  let length = 0;
  for (const content of contents) length += content.length;
  prefix[0] = kind;
  view.setUint32(1, length, true);
  view.setFloat64(5, at, true);
  return [prefix, ...contents];
}

/**
 * The heads and records of a file, as they come; a content is valid until the next is asked for. What is cut off at the end is
 * left out, and said by a BadCell, as is a record of more than `mostBytes`.
 */
export async function* recordsOf(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<FileHead | FileRecord> {
  let held: Uint8Array = new Uint8Array(0);
  let needed = 1;
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    // A long record comes in many chunks: they are not looked through again at each.
    if (held.length < needed) continue;
    needed = 1;
    let at = 0;
    while (at < held.length) {
      if (held[at] === LINE_BEGIN) {
        const end = held.indexOf(LINE_END, at);
        if (end < 0) {
          if (held.length - at > LONGEST_HEAD)
            throw new BadCell('bad_value', 'a line of the file has no end');
          break;
        }
        yield { head: decoder.decode(held.subarray(at, end)) };
        at = end + 1;
        continue;
      }
      if (held.length - at < PREFIX_BYTES) break;
      const view = new DataView(held.buffer, held.byteOffset + at, PREFIX_BYTES);
      const length = view.getUint32(1, true);
      if (length > mostBytes) throw new BadCell('too_large', `a record of ${length} bytes`);
      const end = at + PREFIX_BYTES + length;
      if (end > held.length) {
        needed = end - at;
        break;
      }
      const content = held.subarray(at + PREFIX_BYTES, end);
      yield { kind: held[at], at: view.getFloat64(5, true), content };
      at = end;
    }
    held = held.subarray(at);
  }
  if (held.length > 0)
    throw new BadCell('truncated', `its last record is cut off after ${held.length} bytes`);
}
