import { createAnalysis } from '../blocks/analysis.ts';
import { type AnalysedBlock, MAX_BLOCK_LINES } from '../blocks/block.ts';
import type { BlockText } from '../blocks/segment.ts';
import type { StoredLines } from '../blocks/stored-lines.ts';

/** Lines that wait to be compressed together, and what the index will keep of them. */
export interface GrowingBlock {
  isFull(): boolean;
  /** Takes lines from the place `first` on until it is full; returns the place of the first that it did not take. */
  take(lines: StoredLines, first: number): number;
  text(): BlockText;
  analysed(): AnalysedBlock;
}

/** What comes at once is not divided for a little: each part would have an index of its own. */
const MOST_BLOCK_BYTES = 1.5;

export function createGrowingBlock(blockBytes: number): GrowingBlock {
  const mostBytes = MOST_BLOCK_BYTES * blockBytes;
  const analysis = createAnalysis();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const isFull = () => bytes >= mostBytes || analysis.lines >= MAX_BLOCK_LINES;
  return {
    isFull,
    take(lines, first) {
      const begin = first === 0 ? 0 : lines.ends[first - 1];
      const before = bytes;
      let next = first;
      while (next < lines.count && !isFull()) {
        analysis.add(lines, next);
        bytes = before + lines.ends[next] - begin;
        next += 1;
      }
      parts.push(lines.bytes.subarray(begin, lines.ends[next - 1]));
      return next;
    },
    text: () => ({ text: Buffer.concat(parts), lines: analysis.lines }),
    analysed: analysis.finish,
  };
}
