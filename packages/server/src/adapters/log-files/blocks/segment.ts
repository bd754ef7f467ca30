import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** A file of compressed lines: `segment-20261128-000000000000001.ndjson.zst`, its UTC day and the id of its first line. */
export interface Segment {
  readonly day: string;
  readonly firstId: number;
  readonly file: string;
}

/** The lines of a block, in UTF-8, each with its end. */
export interface BlockText {
  readonly text: Uint8Array;
  readonly lines: number;
}

export interface BlockPlace {
  readonly firstId: number;
  readonly lines: number;
  /** Where its compressed lines begin in the segment, and how many bytes they take. */
  readonly offset: number;
  readonly bytes: number;
}

const NAME = /^segment-(\d{8})-(\d{15})\.ndjson\.zst$/;

/**
 * Before each block stands a frame that every zstd reader skips, so that a segment is read by `zstd -dc`, too. It says
 * where the block ends, so that blocks are found without being read.
 */
const SKIPPED_MAGIC = 0x184d2a5d;
/** The head of such a frame, 8 bytes, then an id of 8 and two numbers of 4. */
export const HEAD_BYTES = 24;

export const segmentFile = (folder: string, day: string, firstId: number): string =>
  join(folder, `segment-${day}-${String(firstId).padStart(15, '0')}.ndjson.zst`);

/** Those of the folder by rising ids, as they were written: days may go back with a clock that is set back. */
export function listSegments(folder: string): Segment[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const found = NAME.exec(name);
      if (found === null) return [];
      return [{ day: found[1], firstId: Number(found[2]), file: join(folder, name) }];
    })
    .sort((a, b) => a.firstId - b.firstId);
}

/** Of lines of the benchmark the fastest level makes less than the usual one does: 0.130 of them, not 0.137. */
const LEVEL = 1;

/** The frames of one block, of so many lines with their ends: what is written to a segment. */
export function packBlock(
  firstId: number,
  { text, lines }: BlockText,
): { readonly frames: Buffer; readonly bytes: number } {
  const packed = zstdCompressSync(text, {
    params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
  });
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(SKIPPED_MAGIC, 0);
  head.writeUInt32LE(HEAD_BYTES - 8, 4);
  head.writeBigUInt64LE(BigInt(firstId), 8);
  head.writeUInt32LE(lines, 16);
  head.writeUInt32LE(packed.length, 20);
  return { frames: Buffer.concat([head, packed]), bytes: packed.length };
}

/** The blocks of a segment in their order, and where the last complete one ends: bytes behind it were never acknowledged. */
export function blocksOf({ file, firstId }: Segment): { blocks: BlockPlace[]; endId: number; end: number } {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const head = Buffer.alloc(HEAD_BYTES);
    const blocks: BlockPlace[] = [];
    let [end, endId] = [0, firstId];
    while (end + HEAD_BYTES <= size) {
      readSync(descriptor, head, 0, HEAD_BYTES, end);
      const block = {
        firstId: Number(head.readBigUInt64LE(8)),
        lines: head.readUInt32LE(16),
        offset: end + HEAD_BYTES,
        bytes: head.readUInt32LE(20),
      };
      const isHead = head.readUInt32LE(0) === SKIPPED_MAGIC && block.firstId === endId;
      if (!isHead || block.offset + block.bytes > size) break;
      blocks.push(block);
      endId += block.lines;
      end = block.offset + block.bytes;
    }
    return { blocks, endId, end };
  } finally {
    closeSync(descriptor);
  }
}

/** The lines of a block. Throws where its bytes are damaged. */
export function linesOfBlock(descriptor: number, { offset, bytes, lines }: BlockPlace): string[] {
  return splitLines(textOfBlock(descriptor, { offset, bytes }), lines);
}

export function textOfBlock(
  descriptor: number,
  { offset, bytes }: Pick<BlockPlace, 'offset' | 'bytes'>,
): string {
  const packed = Buffer.alloc(bytes);
  if (readSync(descriptor, packed, 0, bytes, offset) !== bytes) throw new Error('ends before its block does');
  return zstdDecompressSync(packed).toString();
}

export function splitLines(text: string, lines: number): string[] {
  const split = text.split('\n');
  if (split.length !== lines + 1) throw new Error(`a block of ${lines} lines has ${split.length - 1}`);
  split.pop();
  return split;
}

/** Lines of a block in which a text stands, and their places: of the others, nearly all, no text is made. */
export function linesWith(text: string, wanted: string): { readonly line: string; readonly place: number }[] {
  const found: { line: string; place: number }[] = [];
  let [place, begin] = [0, 0];
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, begin)) {
    let end = endOfLine(text, begin);
    while (end < at) {
      begin = end + 1;
      place += 1;
      end = endOfLine(text, begin);
    }
    found.push({ line: text.slice(begin, end), place });
    begin = end + 1;
    place += 1;
  }
  return found;
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  if (end === -1) throw new Error('a block ends within a line');
  return end;
}
