import { DeltaStreamError } from '../../../kit/errors.ts';
import { type ProductInfo, productInfo } from '../../../reference/index.ts';
import type { SourceProgress } from '../source.ts';
import { deribitPage } from './formats/deribit-page.ts';
import { isMinuteCsv, readMinuteCsv } from './formats/minute-csv-reader.ts';
import { nseJsonPage } from './formats/nse-json-page.ts';
import { nsePage } from './formats/nse-page.ts';
import { nseWebCsvPage } from './formats/nse-web-csv-page.ts';
import { PAGE_HEAD_BYTES, type PageFormat } from './page-format.ts';
import { pageReadings } from './page-readings.ts';
import type { Reading } from './reading.ts';
import type { RecordingBytes } from './recording-bytes.ts';
import type { RecordingOptions } from './recording-source.ts';
import { isTar, tarMembers } from './tar-members.ts';

/** An opened recording: what it says, in time order per product. */
export interface Readings {
  readonly expiryFrom: PageFormat['expiryFrom'];
  read(): AsyncGenerator<Reading>;
  progress(): SourceProgress;
  close(): Promise<void>;
}

const PAGE_FORMATS: readonly PageFormat[] = [nsePage, nseWebCsvPage, nseJsonPage, deribitPage];

/** Members of an archive that are looked at to tell its format: others may lie in front, such as a README. */
const MEMBERS_TRIED = 8;

const SUPPORTED = [
  'minute CSV (timestamp,expiry,strike,option_type,spot,ltp,...)',
  ...PAGE_FORMATS.map(({ name }) => name),
];

/** Recognises a recording by its content. Rejects with `unreadable_source` naming what is supported. */
export async function openReadings(bytes: RecordingBytes, options: RecordingOptions): Promise<Readings> {
  const head = await headOf(bytes.chunks());
  if (isTar(head)) {
    const format = await formatOfMembers(bytes);
    return format ? pageReadings(bytes, format, true) : unsupported(bytes);
  }
  const text = new TextDecoder().decode(head);
  const page = PAGE_FORMATS.find(({ matches }) => matches(text));
  if (page) return pageReadings(bytes, page, false);
  if (!isMinuteCsv(text.split(/\r?\n/, 1)[0])) return unsupported(bytes);
  const info = productOf(bytes.file, options);
  return {
    expiryFrom: 'page',
    read: () => readMinuteCsv(bytes.chunks(), bytes.file, info),
    progress: () => ({ position: bytes.position(), total: bytes.size, unit: 'bytes' }),
    close: async () => undefined,
  };
}

function unsupported(bytes: RecordingBytes): never {
  throw new DeltaStreamError(
    'unreadable_source',
    `${bytes.file}: its content is of no supported format. Supported, plain or as gz, xz or tar: ${SUPPORTED.join('; ')}`,
  );
}

async function formatOfMembers(bytes: RecordingBytes): Promise<PageFormat | null> {
  let tried = 0;
  for await (const { body } of tarMembers(bytes.chunks())) {
    const head = new TextDecoder().decode(await headOf(body));
    const format = PAGE_FORMATS.find(({ matches }) => matches(head));
    if (format) return format;
    if (++tried === MEMBERS_TRIED) break;
  }
  return null;
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

function productOf(file: string, { product }: RecordingOptions): ProductInfo {
  const symbol = (product ?? /^[A-Za-z0-9]+/.exec(file)?.[0] ?? '').toUpperCase();
  const info = productInfo(symbol);
  if (info) return info;
  throw new DeltaStreamError(
    'unreadable_source',
    `${file}: its content names no product and ${JSON.stringify(symbol)} is not a known one; name the product`,
  );
}
