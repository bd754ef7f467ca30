import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';
import type { WaitingEntry } from './protocols/protocol.ts';
import {
  appendChunk,
  openSpoolFiles,
  readLines,
  type SegmentFile,
  segmentPath,
  writeSpoolState,
} from './spool-files.ts';

/** Entries that follow each other; they stay until they are passed on, whatever else has to go. */
export interface SpooledBatch {
  readonly entries: readonly WaitingEntry[];
}

/**
 * Entries that wait for one target, in files, so that they are there after a restart and a kill. When they are too many the
 * oldest go that are not being sent, and are counted to the line, also over restarts.
 */
export interface Spool {
  /** Lines of `spoolLine`. Resolves when they are in a file; never rejects: what cannot be kept is counted as dropped. */
  push(lines: readonly string[]): Promise<void>;
  /** The oldest, up to so many; null when none waits. One batch at a time, until it is passed on. */
  peek(maxEntries: number, maxBytes: number): Promise<SpooledBatch | null>;
  /** Forgets the batch of the peek. Rejects where that cannot be noted: it is sent again after a restart. */
  passed(): Promise<void>;
  /** Entries of the batch that its target refused: dropped, when the batch is passed on. One that is sent again counts once. */
  refused(reason: string, count: number): void;
  waiting(): { readonly entries: number; readonly bytes: number };
  /** All that were dropped, by reason. */
  dropped(): Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** Told after entries were dropped. */
  readonly onDropped: (reason: string, count: number) => void;
}

/** Files that a full spool has: with each a part of what waits is dropped. */
const SEGMENTS = 8;

/** How an entry stands in the spool: made once for all targets. */
export const spoolLine = (entry: LogEntry, at: number): string => `${JSON.stringify({ at, entry })}\n`;

export async function openSpool({ folder, maxBytes, onDropped }: SpoolOptions): Promise<Spool> {
  const found = await openSpoolFiles(folder, () => randomBytes(6).toString('hex'));
  const { id } = found.state;
  const segments: SegmentFile[] = found.segments;
  const segmentBytes = Math.max(1, Math.floor(maxBytes / SEGMENTS));
  const dropped: Record<string, number> = { ...found.state.dropped };
  let next = Math.max(found.state.next, segments[0]?.first ?? 1);
  /** Number of the next entry that comes. */
  let end = Math.max(next, found.state.end, ...segments.map(({ first, count }) => first + count));
  /** Place of `next` in the first segment. */
  let place = segments.length === 0 ? 0 : await placeOf(segments[0], next);
  /** What is being sent, of the first segment. */
  let inHand: { readonly count: number; readonly length: number } | null = null;
  /** Of that, by reason. */
  const refused = new Map<string, number>();
  let active: { readonly segment: SegmentFile; readonly file: FileHandle } | null = null;
  let isClosed = false;
  /** One thing at a time: each begins when all before it have ended. */
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  const note = (gone: number | null = null) => writeSpoolState(folder, { id, next, end, dropped, gone });
  const drop = (reason: string, count: number) => {
    if (count === 0) return;
    dropped[reason] = (dropped[reason] ?? 0) + count;
    onDropped(reason, count);
  };
  const refuse = (reason: string, count: number) => {
    refused.set(reason, (refused.get(reason) ?? 0) + count);
  };
  const bytesOf = () => segments.reduce((sum, { bytes }) => sum + bytes, 0);

  const endActive = async () => {
    const ended = active;
    active = null;
    await ended?.file.close();
  };
  const begin = async () => {
    await endActive();
    const segment = { first: end, path: segmentPath(folder, end), count: 0, bytes: 0 };
    const file = await open(segment.path, 'w', 0o600);
    active = { segment, file };
    segments.push(segment);
    return active;
  };

  /** Makes room for a chunk: the oldest segment that nothing is being sent of goes. */
  const makeRoom = async (length: number) => {
    while (segments.length > 0 && bytesOf() + length > maxBytes) {
      const i = inHand === null ? 0 : 1;
      const oldest = segments[i];
      if (oldest === undefined) return;
      if (active?.segment === oldest) await endActive();
      segments.splice(i, 1);
      const lost = i === 0 ? oldest.first + oldest.count - next : oldest.count;
      if (i === 0) {
        next = segments[0]?.first ?? end;
        place = 0;
      }
      drop('spool_full', lost);
      // Noted first: after a kill the file is removed, and not counted again. A full disk shall not keep it.
      await note(oldest.first).catch(() => undefined);
      await rm(oldest.path, { force: true });
    }
  };

  const append = async (lines: readonly string[]) => {
    const chunk = Buffer.from(lines.join(''));
    try {
      await makeRoom(chunk.length);
      const to = active !== null && active.segment.bytes < segmentBytes ? active : await begin();
      await appendChunk(to.file, chunk, to.segment.bytes);
      to.segment.bytes += chunk.length;
      to.segment.count += lines.length;
      end += lines.length;
    } catch {
      drop('spool_failed', lines.length);
    }
  };

  return {
    push: (lines) =>
      inTurn(async () => {
        if (isClosed) return drop('stopped', lines.length);
        const short = lines.filter((line) => Buffer.byteLength(line) <= segmentBytes);
        drop('too_large', lines.length - short.length);
        for (const chunk of chunksOf(short, segmentBytes)) await append(chunk);
      }),
    peek: (maxEntries, maxBytes_) =>
      inTurn(async () => {
        while (segments.length > 0) {
          const [segment] = segments;
          const left = segment.bytes - place;
          if (left === 0) {
            if (active?.segment === segment) return null;
            segments.shift();
            place = 0;
            next = segments[0]?.first ?? end;
            await rm(segment.path, { force: true });
            continue;
          }
          const { lines, length } = await readLines(
            segment.path,
            place,
            Math.min(maxBytes_, left),
            maxEntries,
          ).catch(noneWhereMissing);
          if (lines.length === 0) {
            drop('spool_damaged', segment.first + segment.count - next);
            next = segment.first + segment.count;
            place = segment.bytes;
            continue;
          }
          inHand = { count: lines.length, length };
          const entries = lines.flatMap((line, i) => waitingEntry(line, `${id}-${next + i}`));
          refuse('spool_damaged', lines.length - entries.length);
          return { entries };
        }
        return null;
      }),
    passed: () =>
      inTurn(async () => {
        if (inHand === null) return;
        next += inHand.count;
        place += inHand.length;
        inHand = null;
        for (const [reason, count] of refused) drop(reason, count);
        refused.clear();
        await note();
      }),
    refused: refuse,
    waiting: () => ({
      entries:
        segments.reduce((sum, { count }) => sum + count, 0) -
        (segments.length === 0 ? 0 : next - segments[0].first),
      bytes: bytesOf() - place,
    }),
    dropped: () => ({ ...dropped }),
    close: () =>
      inTurn(async () => {
        if (isClosed) return;
        isClosed = true;
        inHand = null;
        await endActive();
        // On a full disk: what was passed on last is sent again after the next start.
        await note().catch(() => undefined);
      }),
  };
}

/** Of a file that somebody removed. */
function noneWhereMissing(error: NodeJS.ErrnoException): { lines: string[]; length: number } {
  if (error.code !== 'ENOENT') throw error;
  return { lines: [], length: 0 };
}

/** Where an entry stands in its segment, by its number. */
async function placeOf({ first, path, bytes }: SegmentFile, number: number): Promise<number> {
  if (number <= first) return 0;
  return (await readLines(path, 0, bytes, number - first)).length;
}

function* chunksOf(lines: readonly string[], maxBytes: number): Generator<string[]> {
  let chunk: string[] = [];
  let bytes = 0;
  for (const line of lines) {
    const length = Buffer.byteLength(line);
    if (chunk.length > 0 && bytes + length > maxBytes) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(line);
    bytes += length;
  }
  if (chunk.length > 0) yield chunk;
}

/** None for a line that is damaged. */
function waitingEntry(line: string, key: string): WaitingEntry[] {
  try {
    const { at, entry } = JSON.parse(line) as { at: number; entry: LogEntry };
    return typeof entry?.message === 'string' ? [{ key, at, entry }] : [];
  } catch {
    return [];
  }
}
