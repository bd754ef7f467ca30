import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createRetentionClock } from '../../../kit/retention-clock.ts';
import type { LineBatch } from '../../../ports/stores/logs/log-store.ts';
import { beginCurrent, readCurrent, setCurrentAside } from '../blocks/current-file.ts';
import { indexFile } from '../blocks/day-index.ts';
import { listSegments } from '../blocks/segment.ts';
import type { StoredLines } from '../blocks/stored-lines.ts';
import type { WriterSettings, WriterState } from '../messages.ts';
import { openBlockWriter } from './block-writer.ts';
import { createGrowingBlock, type GrowingBlock } from './growing-block.ts';
import { openIndexWriter } from './index-writer.ts';
import { readStored } from './read-lines.ts';

/** Holds the folder for writing: one at a time. */
export interface LineWriter {
  /** The lines are in the file when it returns: a crash of the process does not lose them. */
  append(lines: StoredLines): WriterState;
  /** Indexes one block whose index is missing; false when there is none. */
  mend(): boolean;
  close(): void;
}

/** Blocks that wait to be compressed, because that fails, beyond which nothing more is taken. */
const MAX_WAITING_BLOCKS = 64;
const DAY_MS = 86_400_000;

const endOfDay = (day: string): number =>
  Date.parse(`${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`) + DAY_MS;
const dayOf = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10).replaceAll('-', '');

/**
 * Lines go to `current.ndjson` first. When they fill a block they are compressed into the newest segment, indexed, and
 * a new current file is begun: at every instant each line is in one of the two, or in both, which its id tells.
 */
export function openLineWriter(
  settings: WriterSettings,
  now: () => number = Date.now,
  monotonicMs: () => number = () => performance.now(),
): LineWriter {
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
  const left = found?.lines.slice(Math.max(0, segments.endId - found.firstId)) ?? [];
  if (found !== null && found.firstId > segments.endId) segments.skipTo(found.firstId);
  let current = beginCurrent(folder, { firstId: segments.endId, lines: left });
  let waiting: GrowingBlock[] = [];
  let waitingBytes = 0;
  /** To blocks, of which the last one may become longer. */
  const wait = (lines: StoredLines) => {
    for (let next = 0; next < lines.count; ) {
      let block = waiting.at(-1);
      if (block === undefined || block.isFull()) {
        block = createGrowingBlock(blockBytes);
        waiting.push(block);
      }
      next = block.take(lines, next);
    }
    waitingBytes += lines.bytes.length;
  };
  wait(readStored(batchOf(left), levels));
  let day = dayOf(now());
  let fault: string | null = null;
  let sweptAt = 0;
  let clockAheadDays: number | null = null;
  const newest = listSegments(folder).at(-1);
  const retention = createRetentionClock({
    ...{ keepMs: settings.keepDays * DAY_MS, file: join(folder, 'retention.json'), wallMs: now, monotonicMs },
    newestMs: newest === undefined ? null : endOfDay(newest.day),
    onAhead(aheadMs) {
      clockAheadDays = Math.round(aheadMs / DAY_MS);
    },
  });

  const seal = () => {
    const blocks = waiting;
    const placed = segments.write(
      day,
      blocks.map((block) => block.text()),
    );
    waiting = [];
    waitingBytes = 0;
    index.add(
      day,
      placed.map(({ segment, place }, i) => ({
        segment: segment.firstId,
        place,
        analysed: blocks[i].analysed(),
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
    const oldest = dayOf(retention.now() - settings.keepDays * DAY_MS);
    // One of a day that the clock had not come to is as old as what was stored after it.
    const lastOld = all.findLastIndex(({ day }) => day < oldest);
    const bytesOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const days = new Set(all.map((segment) => segment.day));
    let bytes = [...days].reduce((sum, each) => sum + bytesOf(indexFile(folder, each)), 0);
    for (const { file } of all) bytes += bytesOf(file);
    for (const [i, segment] of all.slice(0, -1).entries()) {
      if (i > lastOld && bytes <= settings.keepBytes) break;
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
      const isDue = waitingBytes >= blockBytes || waiting.length > 1 || waiting[0]?.isFull();
      if (isDue || (isNewDay && waiting.length > 0)) seal();
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
    append(lines) {
      if (waitingBytes >= MAX_WAITING_BLOCKS * blockBytes) {
        tidy();
        if (fault !== null) throw new Error(fault);
      }
      if (dayOf(now()) !== day) tidy();
      current.append(lines.bytes);
      wait(lines);
      tidy();
      const state = { fault, unindexed: index.missing, notices: notices.splice(0), clockAheadDays };
      clockAheadDays = null;
      return state;
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

/** Complete lines as one batch. */
function batchOf(lines: readonly string[]): LineBatch {
  return { bytes: Buffer.from(lines.map((line) => `${line}\n`).join('')), count: lines.length };
}
