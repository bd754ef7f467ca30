import { createChainOrder } from '../chains/chain-order.ts';
import { type Reading, rejected } from '../chains/reading.ts';
import { RecordingError, reasonOf } from '../recording-error.ts';
import type { RecordingOptions } from '../recording-options.ts';
import type { RejectedItem, Rejection, Where } from '../source.ts';
import { BadCell } from '../tables/cells.ts';
import type { ArchiveMember } from '../transport/archive.ts';
import { isStopped, throwIfStopped } from '../transport/recording-access.ts';
import type { RecordingBytes } from '../transport/recording-bytes.ts';
import { isTooLarge } from '../transport/recording-limits.ts';
import { createSpillFile, type SpillFile } from '../transport/spill-file.ts';
import { PAGE_HEAD_BYTES } from './page-format.ts';
import type { Readings } from './readings.ts';
import type { Stream, StreamFormat } from './stream-format.ts';

const CHUNK_BYTES = 64 * 1024; // Parsed within a short turn of the event loop.

/** A file of a format that is read as it comes. Throws `unreadable_source` when its name must say more. */
export function streamReadings(
  bytes: RecordingBytes,
  format: StreamFormat,
  options: RecordingOptions,
): Readings {
  const { file, path, size } = bytes;
  let stream: Stream;
  try {
    stream = format.open(path, options);
  } catch (error) {
    if (!(error instanceof BadCell)) throw error;
    throw new RecordingError('unreadable_source', `${file}: ${error.message} (read as ${format.name})`);
  }
  return {
    caveat: null,
    read: () => stream.read(bytes.chunks(), { file }, bytes.access.limits),
    progress: () => ({ position: bytes.position(), total: size, unit: 'bytes' }),
    close: async () => undefined,
  };
}

interface IndexedStream {
  readonly where: Where;
  readonly stream: Stream;
  readonly timestamp: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The files of an archive by the instant of their first row, each read as it comes out of one temporary file
 * that a first pass writes. What overlaps in time with a file before it is rejected row by row.
 */
export function archivedStreamReadings(
  bytes: RecordingBytes,
  format: StreamFormat,
  archive: () => AsyncIterable<ArchiveMember>,
  options: RecordingOptions,
): Readings {
  const { file, access } = bytes;
  let spill: SpillFile | null = null;
  let position = 0;
  let total: number | null = null;

  async function* read(): AsyncGenerator<Reading> {
    const store = await createSpillFile();
    spill = store;
    try {
      const index: IndexedStream[] = [];
      const cut = yield* indexMembers(store, index);
      total = store.size;
      index.sort((a, b) => a.timestamp - b.timestamp);
      const inOrder = createChainOrder();
      for (const { stream, where, offset, length } of index) {
        for await (const reading of stream.read(stored(store, offset, length), where, access.limits)) {
          yield inOrder(reading, where);
        }
      }
      position = total;
      if (cut) yield cut;
    } finally {
      await store.close();
    }
  }

  async function* stored(store: SpillFile, start: number, length: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < start + length; at += CHUNK_BYTES) {
      throwIfStopped(access);
      const chunk = await store.read(at, Math.min(CHUNK_BYTES, start + length - at));
      yield chunk;
      position += chunk.length;
    }
  }

  async function* indexMembers(
    store: SpillFile,
    index: IndexedStream[],
  ): AsyncGenerator<RejectedItem, RejectedItem | null> {
    let where: Where = { file };
    const refusalOf = (error: unknown, otherwise: Rejection): RejectedItem => ({
      kind: 'rejected',
      rejection: isTooLarge(error) ? 'too_large' : otherwise,
      where,
      reason: reasonOf(error),
    });
    try {
      for await (const member of archive()) {
        where = { file, member: member.path };
        try {
          index.push(await indexed(member, store, where));
        } catch (error) {
          if (error instanceof BadCell) yield rejected(error, where);
          else if (isStopped(error) || !member.independent || store.failed) throw error;
          else yield refusalOf(error, 'unreadable_member');
        }
      }
      return null;
    } catch (error) {
      if (isStopped(error) || store.failed) throw error;
      return refusalOf(error, 'truncated');
    }
  }

  async function indexed(
    { path, body, refusal }: ArchiveMember,
    store: SpillFile,
    where: Where,
  ): Promise<IndexedStream> {
    if (refusal !== null) throw new BadCell(refusal.rejection, refusal.reason);
    const offset = store.size;
    const decoder = new TextDecoder();
    let head = '';
    for await (const chunk of body) {
      if (head.length < PAGE_HEAD_BYTES) head += decoder.decode(chunk, { stream: true });
      await store.append(chunk);
    }
    if (!format.matches(head)) throw new BadCell('unreadable_member', `not a ${format.name}`);
    const stream = format.open(path, options);
    const timestamp = stream.timeOf(head);
    if (Number.isNaN(timestamp)) throw new BadCell('bad_timestamp', 'none of its first rows has a time');
    return { where, stream, timestamp, offset, length: store.size - offset };
  }

  return {
    caveat: null,
    read,
    progress: () => ({ position, total, unit: 'bytes' }),
    close: async () => spill?.close(),
  };
}
