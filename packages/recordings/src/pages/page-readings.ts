import { createChainOrder } from '../chains/chain-order.ts';
import type { Reading } from '../chains/reading.ts';
import { reasonOf } from '../recording-error.ts';
import type { RecordingOptions } from '../recording-options.ts';
import type { RejectedItem, Rejection, Where } from '../source.ts';
import { BadCell, quoteInstant } from '../tables/cells.ts';
import type { ArchiveMember } from '../transport/archive.ts';
import { isStopped, throwIfStopped } from '../transport/recording-access.ts';
import type { RecordingBytes } from '../transport/recording-bytes.ts';
import { beyondLimit, isTooLarge, type RecordingLimits } from '../transport/recording-limits.ts';
import { createSpillFile, type SpillFile } from '../transport/spill-file.ts';
import { companionOf } from './companion.ts';
import { PAGE_HEAD_BYTES, type PageFormat, type PagePart } from './page-format.ts';
import { createPageStructure } from './page-structure.ts';
import type { Beginning, Readings } from './readings.ts';

interface IndexedPage {
  readonly path: string;
  readonly timestamp: number;
  readonly offset: number;
  readonly length: number;
  /** Of a single page that was decoded to find its time, and is not in the store. */
  readonly text: string | null;
}

/**
 * The pages of a recording in time order, whatever their order in the archive and their names: a first pass
 * writes them to one temporary file as large as the content and keeps an index, a second reads them one by one.
 * In memory are the index (some 200 bytes a page) and one page. A page the archive breaks off in is not a page:
 * the ones before it are read, then it is rejected.
 */
export function pageReadings(
  bytes: RecordingBytes,
  format: PageFormat,
  archive: (() => AsyncIterable<ArchiveMember>) | null,
  options: RecordingOptions,
  first: Beginning,
): Readings {
  const { file, access } = bytes;
  const { limits } = access;
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
      total = index.reduce((sum, { length }) => sum + length, 0);
      yield* readPages(store, index);
      position = total;
      if (cut) yield cut;
    } finally {
      await store.close();
    }
  }

  /** Yields the members that are not pages; returns where the archive breaks off, null when it does not. */
  async function* indexPages(
    store: SpillFile,
    index: IndexedPage[],
  ): AsyncGenerator<RejectedItem, RejectedItem | null> {
    const members = archive ? archive() : [onlyMember(bytes)];
    let current = file;
    try {
      for await (const member of members) {
        current = member.path;
        try {
          index.push(await indexed(member, store));
        } catch (error) {
          if (error instanceof BadCell) yield refusal(error.rejection, member.path, error.message);
          else if (isStopped(error) || !member.independent || store.failed) throw error;
          else yield refusalOf(error, 'unreadable_member', member.path);
        }
      }
      return null;
    } catch (error) {
      if (isStopped(error) || store.failed) throw error;
      return refusalOf(error, 'truncated', current);
    }
  }

  /** The page's place in the store. Throws BadCell when it is not a page or from no known time. */
  async function indexed(member: ArchiveMember, store: SpillFile): Promise<IndexedPage> {
    const { path, size, body } = member;
    if (member.refusal !== null) throw new BadCell(member.refusal.rejection, member.refusal.reason);
    if (size > limits.maxPageBytes) {
      throw new BadCell('too_large', beyondLimit(limits, 'maxPageBytes', `${size} bytes`));
    }
    const offset = store.size;
    const structure = createPageStructure(limits);
    const decoder = new TextDecoder();
    const needed = format.timeIn === 'page' ? limits.maxPageBytes : PAGE_HEAD_BYTES;
    const isKept = archive === null && format.timeIn === 'page';
    let length = 0;
    let text = '';
    for await (const chunk of body) {
      const beyond = structure.take(chunk);
      if (beyond !== null) {
        store.truncate(offset);
        throw new BadCell('too_large', beyond);
      }
      if (text.length < needed) text += decoder.decode(chunk, { stream: true });
      length += chunk.length;
      if (!isKept) await store.append(chunk);
    }
    if (!format.matches(text.slice(0, PAGE_HEAD_BYTES))) {
      throw new BadCell('unreadable_member', `not a ${format.name}`);
    }
    const timestamp = timeOf(format, path, text, options);
    return { path, timestamp, offset, length, text: isKept ? text : null };
  }

  async function* readPages(store: SpillFile, index: IndexedPage[]): AsyncGenerator<Reading> {
    index.sort((a, b) => a.timestamp - b.timestamp || (a.path < b.path ? -1 : 1));
    const decoder = new TextDecoder();
    const readPage = format.reader(options);
    const inOrder = createChainOrder();
    const companion = archive ? null : await companionOf(bytes.path, format, access);
    for (const pages of pagesTogether(index, format, limits)) {
      throwIfStopped(access);
      const [{ path, timestamp }] = pages;
      const parts: PagePart[] = [];
      for (const page of pages) {
        const text = page.text ?? decoder.decode(await store.read(page.offset, page.length));
        parts.push({ where: whereOf(page.path), text });
        position += page.length;
      }
      const [{ where, text }, ...others] = parts;
      for (const reading of readPage({ where, path, text, timestamp, companion, parts: others })) {
        if (reading === null) await access.breathe();
        else yield inOrder(reading, where);
      }
    }
  }

  return {
    caveat: caveatOf(format, archive !== null, options, first),
    read,
    progress: () => ({ position, total, unit: 'bytes' }),
    close: async () => spill?.close(),
  };
}

/** Each page alone, or, for a format that joins them, those of one instant as long as they are as small as one. */
function* pagesTogether(
  index: readonly IndexedPage[],
  { joinsPages }: PageFormat,
  { maxPageBytes }: RecordingLimits,
): Generator<IndexedPage[]> {
  let pages: IndexedPage[] = [];
  let length = 0;
  for (const page of index) {
    length += page.length;
    if (pages.length > 0) {
      const together = joinsPages && page.timestamp === pages[0].timestamp && length <= maxPageBytes;
      if (!together) {
        yield pages;
        pages = [];
        length = page.length;
      }
    }
    pages.push(page);
  }
  if (pages.length > 0) yield pages;
}

/** The instant of a page: its own, else that of the setting. Throws BadCell when there is neither. */
export function timeOf(
  format: Pick<PageFormat, 'name' | 'timeOf'>,
  path: string,
  text: string,
  { recordedAt }: RecordingOptions,
): number {
  try {
    const own = format.timeOf(path, text);
    if (!Number.isNaN(own)) return quoteInstant(own);
    throw new BadCell('bad_timestamp', `neither name nor content say when the ${format.name} is from`);
  } catch (error) {
    if (recordedAt === undefined || !(error instanceof BadCell)) throw error;
    return quoteInstant(recordedAt);
  }
}

/** What the pages do not say themselves and where that comes from instead. */
function caveatOf(
  format: PageFormat,
  inArchive: boolean,
  options: RecordingOptions,
  { path, head }: Beginning,
): string | null {
  const caveats: string[] = [];
  if (options.recordedAt !== undefined) {
    if (inArchive || format.timeIn === 'page') caveats.push('instant by setting where none is given');
    else if (!saysInstant(format, path, head)) caveats.push('instant by setting');
  }
  if (format.expiryIn) {
    const source = options.expiry === undefined ? 'schedule' : 'setting';
    const said =
      format.expiryIn(path, timeOf(format, path, head, { recordedAt: options.recordedAt ?? 0 })) !== null;
    if (!said) caveats.push(`expiry by ${source}`);
    else if (inArchive) caveats.push(`expiry by path, else by ${source}`);
  }
  return caveats.length === 0 ? null : caveats.join(', ');
}

function saysInstant(format: PageFormat, path: string, head: string): boolean {
  try {
    return !Number.isNaN(format.timeOf(path, head));
  } catch {
    return false;
  }
}

/** With its folders, which may say what the page does not. */
function onlyMember(bytes: RecordingBytes): ArchiveMember {
  return { path: bytes.path, size: 0, body: bytes.chunks(), independent: false, refusal: null };
}
