import { mkdirSync, rmSync, statSync } from 'node:fs';
import { analyse, MAX_BLOCK_LINES } from '../blocks/block.ts';
import { beginCurrent, readCurrent, setCurrentAside } from '../blocks/current-file.ts';
import { indexFile } from '../blocks/day-index.ts';
import { listSegments } from '../blocks/segment.ts';
import type { WriterSettings, WriterState } from '../messages.ts';
import { openBlockWriter } from './block-writer.ts';
import { openIndexWriter } from './index-writer.ts';

/** Holds the folder for writing: one at a time. */
export interface LineWriter {
  /** Whole lines, each with its end. They are in the file when it returns: a crash of the process does not lose them. */
  append(text: string, lines: number): WriterState;
  /** Indexes one block whose index is missing; false when there is none. */
  mend(): boolean;
  close(): void;
}

/** Blocks that wait to be compressed, because that fails, beyond which nothing more is taken. */
const MAX_WAITING_BLOCKS = 64;
const DAY_MS = 86_400_000;

const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10).replaceAll('-', '');

/**
 * Lines go to `current.ndjson` first. When they fill a block they are compressed into the newest segment, indexed, and
 * a new current file is begun: at every instant each line is in one of the two, or in both, which its id tells.
 */
export function openLineWriter(settings: WriterSettings, now: () => number = Date.now): LineWriter {
  const { folder, blockBytes, levels } = settings;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const notices: string[] = [];
  const segments = openBlockWriter(folder, settings.segmentBytes, notices);
  const index = openIndexWriter({ folder, busyTimeoutMs: settings.busyTimeoutMs, levels, notices });
  const found = readCurrent(folder);
  if (found === null) {
    const aside = setCurrentAside(folder);
    if (aside !== null) notices.push(`current.ndjson was damaged, and is kept as ${aside.split('/').at(-1)}`);
  }
  let waiting: string[] = [];
  if (found !== null) waiting = found.lines.slice(Math.max(0, segments.endId - found.firstId));
  if (found !== null && found.firstId > segments.endId) segments.skipTo(found.firstId);
  let current = beginCurrent(folder, { firstId: segments.endId, lines: waiting });
  let waitingBytes = waiting.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  let day = dayOf(now());
  let fault: string | null = null;
  let sweptAt = 0;

  const seal = () => {
    const blocks = cut(waiting, blockBytes);
    const placed = segments.write(day, blocks);
    waiting = [];
    waitingBytes = 0;
    index.add(
      day,
      placed.map(({ segment, place }, i) => ({
        segment: segment.firstId,
        place,
        analysed: analyse(blocks[i], levels),
      })),
    );
    // Where this fails the file goes on: what is in the segments, too, is known by its id.
    const next = beginCurrent(folder, { firstId: segments.endId, lines: [] });
    current.close();
    current = next;
  };

  /** Removes segments beyond the days and bytes that are kept, the oldest first; never the newest. */
  const sweep = () => {
    const all = listSegments(folder);
    const oldest = dayOf(now() - settings.keepDays * DAY_MS);
    const bytesOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const days = new Set(all.map((segment) => segment.day));
    let bytes = [...days].reduce((sum, each) => sum + bytesOf(indexFile(folder, each)), 0);
    for (const { file } of all) bytes += bytesOf(file);
    for (const segment of all.slice(0, -1)) {
      if (segment.day >= oldest && bytes <= settings.keepBytes) break;
      const isLastOfDay = all.filter((each) => each.day === segment.day).at(-1) === segment;
      bytes -= bytesOf(segment.file) + (isLastOfDay ? bytesOf(indexFile(folder, segment.day)) : 0);
      index.forget(segment);
      rmSync(segment.file, { force: true });
    }
  };

  const tidy = () => {
    const today = dayOf(now());
    const isNewDay = today !== day;
    try {
      if (waitingBytes >= blockBytes || waiting.length >= MAX_BLOCK_LINES || (isNewDay && waiting.length > 0))
        seal();
      day = today;
      if (isNewDay || segments.endId - sweptAt >= SWEEP_LINES || sweptAt === 0) {
        sweep();
        sweptAt = segments.endId;
      }
      fault = null;
    } catch (error) {
      fault = (error as Error).message;
    }
  };
  tidy();

  return {
    append(text, lines) {
      if (waitingBytes >= MAX_WAITING_BLOCKS * blockBytes) {
        tidy();
        if (fault !== null) throw new Error(fault);
      }
      if (dayOf(now()) !== day) tidy();
      current.append(text);
      const added = text.split('\n', lines);
      for (const line of added) waiting.push(line);
      waitingBytes += Buffer.byteLength(text);
      tidy();
      return { fault, unindexed: index.missing, notices: notices.splice(0) };
    },
    mend() {
      if (index.missing === 0) return false;
      try {
        index.mend();
        return true;
      } catch (error) {
        fault = (error as Error).message;
        return false;
      }
    },
    close() {
      current.close();
      segments.close();
      index.close();
    },
  };
}

/** How often it is looked for segments to remove: a few times for each segment. */
const SWEEP_LINES = 50_000;

/** Blocks of about `blockBytes` characters each, of complete lines. */
function cut(lines: readonly string[], blockBytes: number): string[][] {
  const blocks: string[][] = [];
  let block: string[] = [];
  let size = 0;
  for (const line of lines) {
    block.push(line);
    size += line.length + 1;
    if (size < blockBytes && block.length < MAX_BLOCK_LINES) continue;
    blocks.push(block);
    block = [];
    size = 0;
  }
  if (block.length > 0) blocks.push(block);
  return blocks;
}
