import {
  closeSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import {
  type BlockPlace,
  type BlockText,
  blocksOf,
  HEAD_BYTES,
  listSegments,
  packBlock,
  type Segment,
  segmentFile,
} from '../blocks/segment.ts';

/** Writes blocks to the newest segment, and begins another by day and size. */
export interface BlockWriter {
  /** Id of the first line that no segment has. */
  readonly endId: number;
  /** Goes on with this id, in a segment of its own: ids rise, also where the segments before were removed. */
  skipTo(id: number): void;
  /** Where it wrote them, in the order given. After an error the segments are as they were. */
  write(day: string, blocks: readonly BlockText[]): readonly { segment: Segment; place: BlockPlace }[];
  close(): void;
}

/** Cuts what a crash left behind the last complete block. */
export function openBlockWriter(folder: string, segmentBytes: number, notices: string[]): BlockWriter {
  let open: { segment: Segment; descriptor: number; length: number } | null = null;
  let endId = 1;
  const last = listSegments(folder).at(-1);
  if (last !== undefined) {
    const { end, endId: behind } = blocksOf(last);
    const descriptor = openSync(last.file, 'r+');
    const { size } = fstatSync(descriptor);
    if (size > end) {
      truncateSync(last.file, end);
      notices.push(`${basename(last.file)}: ${size - end} bytes behind its last block were removed`);
    }
    open = { segment: last, descriptor, length: end };
    endId = behind;
  }

  const begin = (day: string): NonNullable<typeof open> => {
    if (open !== null) closeSync(open.descriptor);
    open = null;
    const file = segmentFile(folder, day, endId);
    const descriptor = openSync(file, 'w', 0o600);
    fchmodSync(descriptor, 0o600);
    open = { segment: { day, firstId: endId, file }, descriptor, length: 0 };
    return open;
  };

  return {
    get endId() {
      return endId;
    },
    skipTo(id) {
      if (open !== null) closeSync(open.descriptor);
      open = null;
      endId = id;
    },
    write(day, blocks) {
      const isFull = open === null || open.segment.day !== day || open.length >= segmentBytes;
      const target = isFull || open === null ? begin(day) : open;
      const { segment, descriptor, length } = target;
      const placed: { segment: Segment; place: BlockPlace }[] = [];
      let [place, firstId] = [length, endId];
      try {
        for (const block of blocks) {
          const { frames, bytes } = packBlock(firstId, block);
          let written = 0;
          while (written < frames.length) {
            written += writeSync(descriptor, frames, written, frames.length - written, place + written);
          }
          const offset = place + HEAD_BYTES;
          placed.push({ segment, place: { firstId, lines: block.lines, offset, bytes } });
          firstId += block.lines;
          place += frames.length;
        }
      } catch (error) {
        ftruncateSync(descriptor, length);
        if (length === 0) {
          closeSync(descriptor);
          rmSync(segment.file, { force: true });
          open = null;
        }
        throw error;
      }
      target.length = place;
      endId = firstId;
      return placed;
    },
    close() {
      if (open !== null) closeSync(open.descriptor);
      open = null;
    },
  };
}
