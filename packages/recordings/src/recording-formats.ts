import { foreignKind } from './foreign-kinds.ts';
import { dhanChainPage } from './formats/brokers/dhan-chain-page.ts';
import { kiteQuoteCsv } from './formats/brokers/kite-quote-csv.ts';
import { kiteQuotePage } from './formats/brokers/kite-quote-page.ts';
import { upstoxChainPage } from './formats/brokers/upstox-chain-page.ts';
import { EXPORTS_NOT_READ, exportedChains, exportedTicks } from './formats/deltastream/exported-csv.ts';
import { exportedFrames } from './formats/deltastream/exported-frames.ts';
import { recordedSession } from './formats/deltastream/recorded-session.ts';
import { deribitMessages } from './formats/deribit/deribit-messages.ts';
import { deribitPage } from './formats/deribit/deribit-page.ts';
import { tardisOptionsChain } from './formats/deribit/tardis-options-chain.ts';
import { legacyBhavcopy } from './formats/nse/bhavcopies/legacy-bhavcopy.ts';
import { udiffBhavcopy } from './formats/nse/bhavcopies/udiff-bhavcopy.ts';
import { minuteCsv } from './formats/nse/minute-csv-reader.ts';
import { nseContractCsv } from './formats/nse/nse-contract-csv.ts';
import { nseJsonPage } from './formats/nse/nse-json-page.ts';
import { nsePage } from './formats/nse/nse-page.ts';
import { nseWebCsvPage } from './formats/nse/nse-web-csv-page.ts';
import { cboeQuotePage } from './formats/us/cboe-quote-page.ts';
import { keptBesideQuotes } from './formats/us/lean-files.ts';
import { isLeanQuotes, LEAN_QUOTES, leanReadings } from './formats/us/lean-quotes.ts';
import { yahooChainPage } from './formats/us/yahoo-chain-page.ts';
import { yfinanceChainPage } from './formats/us/yfinance-chain-page.ts';
import { PAGE_HEAD_BYTES, type PageFormat } from './pages/page-format.ts';
import { pageReadings, timeOf } from './pages/page-readings.ts';
import type { Beginning, Readings } from './pages/readings.ts';
import type { StreamFormat } from './pages/stream-format.ts';
import { archivedStreamReadings, streamReadings } from './pages/stream-readings.ts';
import { RecordingError } from './recording-error.ts';
import { type RecordingOptions, saidBy } from './recording-options.ts';
import type { RecordingFormat } from './source.ts';
import { BadCell, shown } from './tables/cells.ts';
import { mismatchText } from './tables/mismatch.ts';
import { type ArchiveMember, archiveOf } from './transport/archive.ts';
import { isStopped } from './transport/recording-access.ts';
import { headOf, type RecordingBytes } from './transport/recording-bytes.ts';

const STREAM_FORMATS: readonly StreamFormat[] = [
  minuteCsv,
  nseContractCsv,
  kiteQuoteCsv,
  tardisOptionsChain,
  exportedFrames,
  recordedSession,
  exportedChains,
  exportedTicks,
];

export const PAGE_FORMATS: readonly PageFormat[] = [
  nsePage,
  nseWebCsvPage,
  nseJsonPage,
  deribitPage,
  deribitMessages,
  udiffBhavcopy,
  legacyBhavcopy,
  upstoxChainPage,
  dhanChainPage,
  kiteQuotePage,
  cboeQuotePage,
  yahooChainPage,
  yfinanceChainPage,
];

const FORMATS = [...STREAM_FORMATS, ...PAGE_FORMATS];
/** What a file may be, by the names that messages give. */
export const FORMAT_NAMES: readonly string[] = [...FORMATS, LEAN_QUOTES].map(({ name }) => name);

/** Members of an archive that are looked at to tell its format: others may lie in front, such as a README. */
const MEMBERS_TRIED = 8;

/** What a recording says, and in which format it says it. */
export interface OpenedReadings {
  readonly format: RecordingFormat;
  readonly readings: Readings;
}

/** Recognises a recording by its content. Rejects with `unreadable_source` naming what is supported. */
export async function openReadings(
  bytes: RecordingBytes,
  options: RecordingOptions,
): Promise<OpenedReadings> {
  // One of a feed that was killed within seconds is cut off before that, and its beginning tells what it is.
  const isSession = (start: Uint8Array) => recordedSession.matches(new TextDecoder().decode(start));
  const head = await headOf(bytes.chunks(), PAGE_HEAD_BYTES, isSession);
  const archive = archiveOf(bytes, head);
  return archive ? openArchive(bytes, archive, options) : openText(bytes, head, options);
}

function openText(bytes: RecordingBytes, start: Uint8Array, options: RecordingOptions): OpenedReadings {
  const beginning = { path: bytes.path, head: new TextDecoder().decode(start) };
  const page = PAGE_FORMATS.find(({ matches }) => matches(beginning.head));
  if (page) {
    requireInstant(bytes, page, beginning, options);
    return { format: page, readings: pageReadings(bytes, page, null, options, beginning) };
  }
  const stream = [...STREAM_FORMATS, ...EXPORTS_NOT_READ].find(({ matches }) => matches(beginning.head));
  return stream
    ? { format: stream, readings: streamReadings(bytes, stream, options) }
    : unsupported(bytes, [beginning], false);
}

async function openArchive(
  bytes: RecordingBytes,
  archive: () => AsyncIterable<ArchiveMember>,
  options: RecordingOptions,
): Promise<OpenedReadings> {
  const beginnings: Beginning[] = [];
  let failed: RecordingError | null = null;
  for await (const member of archive()) {
    const { path } = member;
    const start = await headOfMember(bytes.file, member);
    if (start instanceof RecordingError) failed ??= start;
    const head = start instanceof RecordingError ? '' : new TextDecoder().decode(start);
    if (isLeanQuotes(path)) return { format: LEAN_QUOTES, readings: leanReadings(bytes, { path, head }) };
    const beginning = { path, head };
    const page = PAGE_FORMATS.find(({ matches }) => matches(head));
    if (page) return { format: page, readings: pageReadings(bytes, page, archive, options, beginning) };
    const stream = STREAM_FORMATS.find(({ matches }) => matches(head));
    if (stream) return { format: stream, readings: archivedStreamReadings(bytes, stream, archive, options) };
    beginnings.push(beginning);
    if (beginnings.length === MEMBERS_TRIED) break;
  }
  return unsupported(bytes, beginnings, true, failed);
}

/** Throws `unreadable_source` when a single page does not say when it is from and no setting does. */
function requireInstant(
  { file }: RecordingBytes,
  format: PageFormat,
  { path, head }: Beginning,
  options: RecordingOptions,
): void {
  if (format.timeIn === 'page') return;
  try {
    timeOf(format, path, head, options);
  } catch (error) {
    if (!(error instanceof BadCell)) throw error;
    throw new RecordingError(
      'unreadable_source',
      `${file}: read as ${format.name}, ${error.message}; say when it was recorded with ${saidBy(options, 'recordedAt')}, such as 2024-06-20T10:15:00+05:30`,
    );
  }
}

/** `failed` is of a member that could not be read at all: what it says explains more than what the others lack. */
function unsupported(
  { file }: RecordingBytes,
  beginnings: readonly Beginning[],
  inArchive: boolean,
  failed: RecordingError | null = null,
): never {
  const near = beginnings.flatMap(({ path, head }) =>
    FORMATS.flatMap(({ name, nearly }) => {
      const mismatch = nearly(head);
      return mismatch ? [{ path, name, mismatch }] : [];
    }),
  );
  if (near.length === 0 && failed) throw failed;
  const [best] = near.sort((a, b) => b.mismatch.share - a.mismatch.share);
  const [first] = beginnings;
  const place = (path: string) => (inArchive ? `member ${path} ` : '');
  const foreign = beginnings.find(({ head }) => head !== '' && foreignKind(head) !== null) ?? first;
  const found = best
    ? `${place(best.path)}resembles ${best.name}, but ${mismatchText(best.mismatch)}`
    : foreign
      ? `${place(foreign.path)}${keptBesideQuotes(foreign.path) ?? foreignKind(foreign.head) ?? `line 1 is ${shown(foreign.head.split(/\r?\n/, 1)[0])}`}`
      : 'it is an archive without files';
  throw new RecordingError(
    'unreadable_source',
    `${file}: its content is of no supported format: ${found}. Supported, plain or as gz, xz, zst, tar or zip: ${FORMAT_NAMES.join('; ')}`,
  );
}

/** The error of a member that cannot be read where that says nothing of the others. */
async function headOfMember(
  file: string,
  { path, body, independent, refusal }: ArchiveMember,
): Promise<Uint8Array | RecordingError> {
  if (refusal !== null)
    return new RecordingError('unreadable_source', `${file}: member ${path}: ${refusal.reason}`);
  return headOf(body, PAGE_HEAD_BYTES).catch((error) => {
    if (!independent || isStopped(error) || !(error instanceof RecordingError)) throw error;
    return error;
  });
}
