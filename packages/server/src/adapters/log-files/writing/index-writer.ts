import { closeSync, openSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { isCorrupt, isNoDatabase } from '../../../kit/files/sqlite-errors.ts';
import { analyse } from '../blocks/analysis.ts';
import { type DayIndex, type IndexedBlock, indexFile, openDayIndex } from '../blocks/day-index.ts';
import { type BlockPlace, blocksOf, linesOfBlock, listSegments, type Segment } from '../blocks/segment.ts';

/** Keeps the index of each day in step with its segments. */
export interface IndexWriter {
  add(day: string, blocks: readonly IndexedBlock[]): void;
  forget(segment: Segment): void;
  /** Blocks that are in a segment and in no index; also those that could not be added. */
  readonly missing: number;
  /** Indexes the newest of the missing blocks. */
  mend(): void;
  close(): void;
}

export interface IndexWriterOptions {
  readonly folder: string;
  readonly busyTimeoutMs: number;
  readonly levels: readonly string[];
  /** What is to be told in the log. */
  readonly notices: string[];
}

export function openIndexWriter(options: IndexWriterOptions): IndexWriter {
  const { folder, busyTimeoutMs, levels, notices } = options;
  let open: DayIndex | null = null;
  const missing: { segment: Segment; place: BlockPlace }[] = [];

  /** One that cannot be read is made again: nothing is in it that the segments do not have. */
  const indexOf = (day: string): DayIndex => {
    if (open?.day === day) return open;
    open?.close();
    open = null;
    try {
      open = openDayIndex(folder, day, busyTimeoutMs);
    } catch (error) {
      if (!isCorrupt(error) && !isNoDatabase(error)) throw error;
      remove(day);
      notices.push(`${basename(indexFile(folder, day))} was damaged and is made again`);
      open = openDayIndex(folder, day, busyTimeoutMs);
    }
    return open;
  };
  const remove = (day: string) => {
    if (open?.day === day) {
      open.close();
      open = null;
    }
    for (const suffix of ['', '-wal', '-shm']) rmSync(indexFile(folder, day) + suffix, { force: true });
  };
  const findMissing = (segments: readonly Segment[]) => {
    for (const segment of segments) {
      const known = indexOf(segment.day).blocks();
      for (const place of blocksOf(segment).blocks) {
        if (!known.has(place.firstId)) missing.push({ segment, place });
      }
    }
  };
  findMissing(listSegments(folder));

  const add = (day: string, blocks: readonly IndexedBlock[]) => {
    try {
      indexOf(day).add(blocks);
    } catch (error) {
      if (!isCorrupt(error) && !isNoDatabase(error)) {
        const segments = new Map(listSegments(folder).map((segment) => [segment.firstId, segment]));
        for (const { segment, place } of blocks) {
          const holds = segments.get(segment);
          if (holds !== undefined) missing.push({ segment: holds, place });
        }
        throw error;
      }
      remove(day);
      notices.push(`${basename(indexFile(folder, day))} was damaged and is made again`);
      findMissing(listSegments(folder).filter((segment) => segment.day === day));
    }
  };

  return {
    add,
    forget(segment) {
      indexOf(segment.day).forget(segment.firstId);
      for (let i = missing.length - 1; i >= 0; i--) {
        if (missing[i].segment.firstId === segment.firstId) missing.splice(i, 1);
      }
      if (
        listSegments(folder).every(({ day, firstId }) => day !== segment.day || firstId === segment.firstId)
      )
        remove(segment.day);
    },
    get missing() {
      return missing.length;
    },
    mend() {
      const next = missing.pop();
      if (next === undefined) return;
      const { segment, place } = next;
      let lines: string[];
      try {
        const descriptor = openSync(segment.file, 'r');
        try {
          lines = linesOfBlock(descriptor, place);
        } finally {
          closeSync(descriptor);
        }
      } catch (error) {
        notices.push(
          `${basename(segment.file)} is damaged at byte ${place.offset}: ${place.lines} lines are lost, or in a backup (${(error as Error).message})`,
        );
        return;
      }
      add(segment.day, [{ segment: segment.firstId, place, analysed: analyse(lines, levels) }]);
    },
    close() {
      open?.close();
      open = null;
    },
  };
}
