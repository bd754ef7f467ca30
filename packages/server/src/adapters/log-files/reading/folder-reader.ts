import { closeSync, openSync } from 'node:fs';
import { createOpenedFile, type OpenedFile } from '../../../kit/files/opened-file.ts';
import { type BlockColumns, unpackColumns, unpackGrams } from '../blocks/block.ts';
import { readCurrent } from '../blocks/current-file.ts';
import {
  type DayReader,
  indexedDays,
  indexFile,
  type KnownBlock,
  openDayReader,
} from '../blocks/day-index.ts';
import { listSegments, splitLines, textOfBlock } from '../blocks/segment.ts';
import { termOf } from '../blocks/term.ts';
import { KEYS, type LineFilter, type ReaderSettings } from '../messages.ts';

/** A block that may have lines of a filter. */
export interface Candidate extends KnownBlock {
  readonly day: string;
}

/** Reads the folder beside the thread that writes it. */
export interface FolderReader {
  /** The lines that are in no block yet, and the blocks, by rising ids; each line is in one of them. */
  look(filter: LineFilter): {
    readonly current: readonly string[];
    readonly currentId: number;
    readonly blocks: readonly Candidate[];
  };
  columns(block: Candidate): BlockColumns;
  grams(block: Candidate): Uint8Array;
  /** Null: the segment is gone, or the block is damaged; the writer says so in the log. */
  text(block: Candidate): string | null;
  lines(block: Candidate, text: string): string[];
  close(): void;
}

/** Descriptors kept open: of more segments than are looked at often. */
const MAX_OPEN_SEGMENTS = 64;

export function openFolderReader({ folder, busyTimeoutMs, cacheBytes }: ReaderSettings): FolderReader {
  const days = new Map<string, { readonly reader: DayReader; readonly opened: OpenedFile }>();
  const files = new Map<number, number>();
  const columns = cache<BlockColumns>(cacheBytes, ({ times }) => times.length * 17);
  const grams = cache<Uint8Array>(cacheBytes, (bits) => bits.length);

  const open = (day: string) => {
    const reader = openDayReader(folder, day, busyTimeoutMs);
    return { reader, opened: createOpenedFile(indexFile(folder, day)) };
  };
  const dayReaders = (): [string, DayReader][] => {
    const there = indexedDays(folder);
    for (const [day, { reader, opened }] of days) {
      // One that was damaged is made again under its name.
      if (there.includes(day) && opened.problem() === null) continue;
      reader.close();
      days.delete(day);
    }
    return there.map((day) => {
      const known = days.get(day) ?? open(day);
      days.set(day, known);
      return [day, known.reader];
    });
  };
  const descriptorOf = (segment: number): number | null => {
    const known = files.get(segment);
    if (known !== undefined) return known;
    const found = listSegments(folder).find(({ firstId }) => firstId === segment);
    if (found === undefined) return null;
    if (files.size >= MAX_OPEN_SEGMENTS) closeFiles();
    const descriptor = openSync(found.file, 'r');
    files.set(segment, descriptor);
    return descriptor;
  };
  const closeFiles = () => {
    for (const descriptor of files.values()) closeSync(descriptor);
    files.clear();
  };

  return {
    look(filter) {
      const terms = KEYS.flatMap((key) => {
        const value = filter.keys[key];
        return value === undefined ? [] : [termOf(key, value)];
      });
      // First, so that a line that moves to a block meanwhile is found there and not twice.
      const current = readCurrent(folder);
      const readers = dayReaders();
      const blocks = readers.flatMap(([day, reader]) =>
        reader.blocks(filter, terms).map((block) => ({ ...block, day })),
      );
      blocks.sort((a, b) => a.id - b.id);
      const indexed = Math.max(0, ...readers.map(([, reader]) => reader.endId()));
      const moved =
        current === null ? 0 : Math.min(current.lines.length, Math.max(0, indexed - current.firstId));
      return {
        current: current?.lines.slice(moved) ?? [],
        currentId: (current?.firstId ?? 1) + moved,
        blocks,
      };
    },
    columns: (block) =>
      columns(block.id, () =>
        unpackColumns(days.get(block.day)?.reader.columns(block.id) ?? new Uint8Array(), block.place.lines),
      ),
    grams: (block) =>
      grams(block.id, () => unpackGrams(days.get(block.day)?.reader.grams(block.id) ?? new Uint8Array())),
    text(block) {
      const descriptor = descriptorOf(block.segment);
      if (descriptor === null) return null;
      try {
        return textOfBlock(descriptor, block.place);
      } catch {
        return null;
      }
    },
    lines: (block, text) => splitLines(text, block.place.lines),
    close() {
      for (const { reader } of days.values()) reader.close();
      closeFiles();
    },
  };
}

/** What was computed of blocks, up to a bound of bytes; the longest unused go first. */
function cache<Value>(maxBytes: number, sizeOf: (value: Value) => number) {
  const known = new Map<number, Value>();
  let bytes = 0;
  return (id: number, compute: () => Value): Value => {
    const found = known.get(id);
    if (found !== undefined) {
      known.delete(id);
      known.set(id, found);
      return found;
    }
    const value = compute();
    known.set(id, value);
    bytes += sizeOf(value);
    for (const [oldest, dropped] of known) {
      if (bytes <= maxBytes || oldest === id) break;
      known.delete(oldest);
      bytes -= sizeOf(dropped);
    }
    return value;
  };
}
