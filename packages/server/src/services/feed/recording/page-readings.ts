import { reasonOf } from '../../../kit/errors.ts';
import type { RejectedItem, Rejection, Where } from '../source.ts';
import type { ArchiveMember } from './archive.ts';
import { companionText } from './companion.ts';
import { MAX_PAGE_BYTES, PAGE_HEAD_BYTES, type PageFormat } from './page-format.ts';
import type { Reading } from './reading.ts';
import type { RecordingBytes } from './recording-bytes.ts';
import type { Readings } from './recording-formats.ts';
import type { RecordingOptions } from './recording-source.ts';
import { createSpillFile, type SpillFile } from './spill-file.ts';

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
  const { file } = bytes;
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
          if (!member.independent || store.failed) throw error;
          return reasonOf(error);
        });
        if (typeof page === 'string') yield refusal('unreadable_member', member.path, page);
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
      if (store.failed) throw error;
      return refusal('truncated', current, reasonOf(error));
    }
  }

  /** The page's place in the store, or why it is none. */
  async function putAside(
    { path, size, body }: ArchiveMember,
    store: SpillFile,
  ): Promise<IndexedPage | string> {
    if (size > MAX_PAGE_BYTES) return `${size} bytes, a page has at most ${MAX_PAGE_BYTES}`;
    const offset = store.size;
    const decoder = new TextDecoder();
    let head = '';
    for await (const chunk of body) {
      if (head.length < PAGE_HEAD_BYTES) head += decoder.decode(chunk, { stream: true });
      if (store.size + chunk.length - offset > MAX_PAGE_BYTES) return `more than ${MAX_PAGE_BYTES} bytes`;
      await store.append(chunk);
    }
    if (!format.matches(head)) return `not a ${format.name}`;
    const timestamp = format.instantFrom === 'setting' ? recordedAt : format.timeOf(path, head);
    return { path, timestamp, offset, length: store.size - offset };
  }

  async function* readPages(store: SpillFile, index: IndexedPage[]): AsyncGenerator<Reading> {
    index.sort((a, b) => a.timestamp - b.timestamp || (a.path < b.path ? -1 : 1));
    const decoder = new TextDecoder();
    const readPage = format.reader();
    const companion = archive ? null : await companionText(bytes.path, format);
    for (const { path, timestamp, offset, length } of index) {
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
  return { path: bytes.file, size: 0, body: bytes.chunks(), independent: false };
}
