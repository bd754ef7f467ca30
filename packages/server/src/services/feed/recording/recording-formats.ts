import { DeltaStreamError } from '../../../kit/errors.ts';
import type { SourceProgress } from '../source.ts';
import { upstoxChainPage } from './formats/brokers/upstox-chain-page.ts';
import { deribitMessages } from './formats/deribit/deribit-messages.ts';
import { deribitPage } from './formats/deribit/deribit-page.ts';
import { legacyBhavcopy } from './formats/nse/legacy-bhavcopy.ts';
import { minuteCsv } from './formats/nse/minute-csv-reader.ts';
import { nseContractCsv } from './formats/nse/nse-contract-csv.ts';
import { nseJsonPage } from './formats/nse/nse-json-page.ts';
import { nsePage } from './formats/nse/nse-page.ts';
import { nseWebCsvPage } from './formats/nse/nse-web-csv-page.ts';
import { udiffBhavcopy } from './formats/nse/udiff-bhavcopy.ts';
import { cboeQuotePage } from './formats/us/cboe-quote-page.ts';
import { isLeanQuotes, LEAN_QUOTES, leanReadings } from './formats/us/lean-quotes.ts';
import { yahooChainPage } from './formats/us/yahoo-chain-page.ts';
import { PAGE_HEAD_BYTES, type PageFormat } from './page-format.ts';
import { pageReadings } from './page-readings.ts';
import type { Reading } from './reading.ts';
import type { RecordingOptions } from './recording-source.ts';
import { readTable, type TableFormat } from './timed-table.ts';
import { type ArchiveMember, archiveOf } from './transport/archive.ts';
import { isStopped } from './transport/recording-access.ts';
import type { RecordingBytes } from './transport/recording-bytes.ts';

/** An opened recording: what it says, in time order per product. */
export interface Readings {
  /** What it does not say itself and where that comes from instead, in words; null when it says all. */
  readonly caveat: string | null;
  read(): AsyncGenerator<Reading>;
  progress(): SourceProgress;
  close(): Promise<void>;
}

const TABLE_FORMATS: readonly TableFormat[] = [minuteCsv, nseContractCsv];

const PAGE_FORMATS: readonly PageFormat[] = [
  nsePage,
  nseWebCsvPage,
  nseJsonPage,
  deribitPage,
  deribitMessages,
  udiffBhavcopy,
  legacyBhavcopy,
  upstoxChainPage,
  cboeQuotePage,
  yahooChainPage,
];

/** Members of an archive that are looked at to tell its format: others may lie in front, such as a README. */
const MEMBERS_TRIED = 8;

const SUPPORTED = [...[...TABLE_FORMATS, ...PAGE_FORMATS].map(({ name }) => name), LEAN_QUOTES];

/** Recognises a recording by its content. Rejects with `unreadable_source` naming what is supported. */
export async function openReadings(bytes: RecordingBytes, options: RecordingOptions): Promise<Readings> {
  const head = await headOf(bytes.chunks());
  const archive = archiveOf(bytes, head);
  if (archive) {
    const found = await formatOfMembers(archive);
    if (found === 'lean') return leanReadings(bytes);
    return found ? openPages(bytes, found, archive, options) : unsupported(bytes);
  }
  const text = new TextDecoder().decode(head);
  const page = PAGE_FORMATS.find(({ matches }) => matches(text));
  if (page) return openPages(bytes, page, null, options);
  const [header] = text.split(/\r?\n/, 1);
  const table = TABLE_FORMATS.find(({ matches }) => matches(header))?.open(bytes.file, options);
  if (!table) return unsupported(bytes);
  return {
    caveat: null,
    read: () => readTable(bytes, table),
    progress: () => ({ position: bytes.position(), total: bytes.size, unit: 'bytes' }),
    close: async () => undefined,
  };
}

function openPages(
  bytes: RecordingBytes,
  format: PageFormat,
  archive: (() => AsyncIterable<ArchiveMember>) | null,
  options: RecordingOptions,
): Readings {
  if (format.instantFrom === 'setting' && options.recordedAt === undefined) {
    throw new DeltaStreamError(
      'unreadable_source',
      `${bytes.file}: its content (${format.name}) does not say when it was recorded; say it with --recorded-at, such as 2024-06-20T10:15:00+05:30`,
    );
  }
  return pageReadings(bytes, format, archive, options);
}

function unsupported(bytes: RecordingBytes): never {
  throw new DeltaStreamError(
    'unreadable_source',
    `${bytes.file}: its content is of no supported format. Supported, plain or as gz, xz, zst, tar or zip: ${SUPPORTED.join('; ')}`,
  );
}

async function formatOfMembers(
  archive: () => AsyncIterable<ArchiveMember>,
): Promise<PageFormat | 'lean' | null> {
  let tried = 0;
  for await (const member of archive()) {
    if (isLeanQuotes(member.path)) return 'lean';
    const head = new TextDecoder().decode(await headOfMember(member));
    const format = PAGE_FORMATS.find(({ matches }) => matches(head));
    if (format) return format;
    if (++tried === MEMBERS_TRIED) break;
  }
  return null;
}

/** Nothing of a member that cannot be read where that says nothing of the others. */
async function headOfMember({ body, independent, refusal }: ArchiveMember): Promise<Uint8Array> {
  if (refusal !== null) return new Uint8Array();
  return headOf(body).catch((error) => {
    if (!independent || isStopped(error)) throw error;
    return new Uint8Array();
  });
}

/** The first bytes; fewer when there are no more. */
async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    size += chunk.length;
    if (size >= PAGE_HEAD_BYTES) break;
  }
  return Buffer.concat(parts).subarray(0, PAGE_HEAD_BYTES);
}
