import { reasonOf } from '../../../kit/errors.ts';
import type { RejectedItem, Rejection, Where } from '../source.ts';
import { companionText } from './companion.ts';
import { PAGE_HEAD_BYTES, type PageFormat } from './page-format.ts';
import { createPageStructure } from './page-structure.ts';
import type { Reading } from './reading.ts';
import type { Readings } from './recording-formats.ts';
import type { RecordingOptions } from './recording-source.ts';
import type { ArchiveMember } from './transport/archive.ts';
import { isStopped, throwIfStopped } from './transport/recording-access.ts';
import type { RecordingBytes } from './transport/recording-bytes.ts';
import { beyondLimit, isTooLarge } from './transport/recording-limits.ts';
import { createSpillFile, type SpillFile } from './transport/spill-file.ts';

interface IndexedPage {
  readonly path: string;
  readonly timestamp: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * The pages of a recording in time order, whatever their order in the archive: a first pass writes them
 * to one temporary file as large as the content and keeps an index, a second reads them one by one. In
 * memory are the index (some 200 bytes a page) and one page. A page the archive breaks off in is no page:
 * the ones before it are read, then it is rejected.
 */
export function pageReadings(
  bytes: RecordingBytes,
  format: PageFormat,
  archive: (() => AsyncIterable<ArchiveMember>) | null,
  { recordedAt = Number.NaN }: RecordingOptions,
): Readings {
  const { file, access } = bytes;
  let spill: SpillFile | null = null;
  let position = 0;
  let total: number | null = null;

  const whereOf = (path: string): Where => (archive ? { file, member: path } : { file });
  const refusal = (rejection: Rejection, path: string, reason: string): RejectedItem => ({
    kind: 'rejected',
    rejection,
    where: whereOf(path),
    reason,
  });
  const refusalOf = (error: unknown, otherwise: Rejection, path: string): RejectedItem =>
    refusal(isTooLarge(error) ? 'too_large' : otherwise, path, reasonOf(error));

  async function* read(): AsyncGenerator<Reading> {
    const store = await createSpillFile();
    spill = store;
    try {
      const index: IndexedPage[] = [];
      const cut = yield* indexPages(store, index);
      total = store.size;
      yield* readPages(store, index);
      position = total;
      if (cut) yield cut;
    } finally {
      await store.close();
    }
  }

  /** Yields the members that are no pages; returns where the archive breaks off, null when it does not. */
  async function* indexPages(
    store: SpillFile,
    index: IndexedPage[],
  ): AsyncGenerator<RejectedItem, RejectedItem | null> {
    const members = archive ? archive() : [wholeFile(bytes)];
    let current = file;
    try {
      for await (const member of members) {
        current = member.path;
        const page = await putAside(member, store).catch((error) => {
          if (isStopped(error) || store.failed) throw error;
          if (!member.independent) throw error;
          return refusalOf(error, 'unreadable_member', member.path);
        });
        if ('kind' in page) yield page;
        else if (Number.isNaN(page.timestamp)) {
          yield refusal(
            'bad_timestamp',
            member.path,
            `neither name nor content say when the ${format.name} is from`,
          );
        } else index.push(page);
      }
      return null;
    } catch (error) {
      if (isStopped(error) || store.failed) throw error;
      return refusalOf(error, 'truncated', current);
    }
  }

  /** The page's place in the store, or why it is none. */
  async function putAside(member: ArchiveMember, store: SpillFile): Promise<IndexedPage | RejectedItem> {
    const { path, size, body } = member;
    if (member.refusal !== null) return refusal('too_large', path, member.refusal);
    if (size > access.limits.maxPageBytes)
      return refusal('too_large', path, beyondLimit(access.limits, 'maxPageBytes', `${size} bytes`));
    const offset = store.size;
    const structure = createPageStructure(access.limits);
    const decoder = new TextDecoder();
    let head = '';
    for await (const chunk of body) {
      if (head.length < PAGE_HEAD_BYTES) head += decoder.decode(chunk, { stream: true });
      const beyond = structure.take(chunk);
      if (beyond !== null) {
        store.truncate(offset);
        return refusal('too_large', path, beyond);
      }
      await store.append(chunk);
    }
    if (!format.matches(head)) return refusal('unreadable_member', path, `not a ${format.name}`);
    const timestamp = format.instantFrom === 'setting' ? recordedAt : format.timeOf(path, head);
    return { path, timestamp, offset, length: store.size - offset };
  }

  async function* readPages(store: SpillFile, index: IndexedPage[]): AsyncGenerator<Reading> {
    index.sort((a, b) => a.timestamp - b.timestamp || (a.path < b.path ? -1 : 1));
    const decoder = new TextDecoder();
    const readPage = format.reader();
    const companion = archive ? null : await companionText(bytes.path, format, access);
    for (const { path, timestamp, offset, length } of index) {
      throwIfStopped(access);
      const text = decoder.decode(await store.read(offset, length));
      yield* readPage({ where: whereOf(path), path, text, timestamp, companion });
      position += length;
    }
  }

  return {
    caveat: caveatOf(format),
    read,
    progress: () => ({ position, total, unit: 'bytes' }),
    close: async () => spill?.close(),
  };
}

function caveatOf({ expiryFrom, instantFrom }: PageFormat): string | null {
  if (instantFrom === 'setting') return 'instant by setting';
  return expiryFrom === 'schedule' ? 'expiry by schedule' : null;
}

function wholeFile(bytes: RecordingBytes): ArchiveMember {
  return { path: bytes.file, size: 0, body: bytes.chunks(), independent: false, refusal: null };
}
