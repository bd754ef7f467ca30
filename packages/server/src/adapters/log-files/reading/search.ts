import type { StoredLine } from '../blocks/line.ts';
import { linesWith } from '../blocks/segment.ts';
import type { FoundLines, LineFilter, Order, ReaderRequest } from '../messages.ts';
import type { Candidate, FolderReader } from './folder-reader.ts';
import { createLineTest, type LineTest } from './line-test.ts';

/** Throws when it is too late; asked between blocks. */
export type Deadline = () => void;

interface Found {
  readonly id: number;
  readonly line: string;
  readonly timestamp: number;
}

/**
 * Lines of a filter in an order, at most `limit`, and of so many characters; one in any case. Blocks that cannot have any of
 * them are not read, and what is beyond a bound is forgotten as soon as a block was read.
 */
export function findLines(
  reader: FolderReader,
  request: Omit<Extract<ReaderRequest, { kind: 'query' }>, 'kind'>,
  levels: readonly string[],
  deadline: Deadline,
): FoundLines {
  const { filter, order, limit } = request;
  const most = request.maxCharacters ?? Number.POSITIVE_INFINITY;
  const test = createLineTest(filter, levels);
  const { current, currentId, blocks } = reader.look(filter);
  const compare = ORDERS[order];
  const found: Found[] = [];
  let characters = 0;
  /** The first that does not fit: nothing behind it is given, however short. */
  let cut: Found | null = null;
  const add = (line: string, id: number) => {
    const read = test.byLine(line, id);
    if (read === null) return;
    found.push({ id, line, timestamp: read.timestamp });
    characters += line.length;
  };
  const isFull = () => found.length >= limit || characters > most;
  const trim = () => {
    found.sort(compare);
    let kept = 0;
    characters = 0;
    while (kept < found.length && kept < limit) {
      const next = found[kept];
      if (cut !== null && compare(next, cut) > 0) break;
      if (kept > 0 && characters + next.line.length > most) {
        cut = next;
        break;
      }
      characters += next.line.length;
      kept += 1;
    }
    found.length = kept;
  };
  for (const [i, line] of current.entries()) add(line, currentId + i);

  for (const block of blocks.toSorted(BLOCK_ORDERS[order])) {
    deadline();
    if (isFull()) {
      trim();
      // Nothing that comes after the last can be among the first, once there was something that did not fit.
      if ((cut !== null || found.length >= limit) && comesAfter(block, found[found.length - 1], order)) break;
    }
    for (const { line, id } of linesOf(reader, block, test)) add(line, id);
  }
  trim();
  return { lines: found.map(({ id, line }) => [id, line]), isCut: cut !== null };
}

/** Calls `each` with every line of a filter, in no order. */
export function eachLine(
  reader: FolderReader,
  filter: LineFilter,
  levels: readonly string[],
  deadline: Deadline,
  each: (line: StoredLine) => void,
): void {
  const test = createLineTest(filter, levels);
  const { current, currentId, blocks } = reader.look(filter);
  const give = (line: string, id: number) => {
    const read = test.byLine(line, id);
    if (read !== null) each(read);
  };
  for (const [i, line] of current.entries()) give(line, currentId + i);
  for (const block of blocks) {
    deadline();
    for (const { line, id } of linesOf(reader, block, test)) give(line, id);
  }
}

/** Lines of a block that its index does not exclude. */
function linesOf(reader: FolderReader, block: Candidate, test: LineTest): { line: string; id: number }[] {
  const places = test.byColumns(block, () => reader.columns(block));
  if (places?.length === 0) return [];
  if (test.hasTexts && !test.byGrams(reader.grams(block))) return [];
  const text = reader.text(block);
  if (text === null || !test.byText(text)) return [];
  if (test.keyText !== null)
    return linesWith(text, test.keyText).map(({ line, place }) => ({ line, id: block.id + place }));
  const lines = reader.lines(block, text);
  if (places === null) return lines.map((line, i) => ({ line, id: block.id + i }));
  return Array.from(places, (place) => ({ line: lines[place], id: block.id + place }));
}

const ORDERS: Readonly<Record<Order, (a: Found, b: Found) => number>> = {
  id: (a, b) => b.id - a.id,
  newest: (a, b) => b.timestamp - a.timestamp || b.id - a.id,
  oldest: (a, b) => a.timestamp - b.timestamp || a.id - b.id,
};

const BLOCK_ORDERS: Readonly<Record<Order, (a: Candidate, b: Candidate) => number>> = {
  id: (a, b) => b.id - a.id,
  newest: (a, b) => b.maxMs - a.maxMs || b.id - a.id,
  oldest: (a, b) => a.minMs - b.minMs || a.id - b.id,
};

/** Whether every line of a block comes after a line. */
function comesAfter(block: Candidate, last: Found, order: Order): boolean {
  if (order === 'id') return block.id < last.id;
  return order === 'newest' ? block.maxMs < last.timestamp : block.minMs > last.timestamp;
}
