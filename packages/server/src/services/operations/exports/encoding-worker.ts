import { parentPort } from 'node:worker_threads';
import type { ExportFormat, ExportKind } from '@deltastream/contracts';
import { createChainCodec } from '@deltastream/contracts/codec';
import { type ColumnMemory, ENRICHED_COLUMNS, SIDES } from '@deltastream/contracts/contract-rows';
import { reasonOf } from '../../../kit/errors.ts';
import { type ColumnTable, partOf, type TablePart } from './column-table.ts';
import { contractTable } from './contract-table.ts';
import { type RowOrder, rowOrderOf, type TableWriter } from './formats/table-writer.ts';

/** A chain as its frame, which is a small part of what its columns are. */
export interface SliceChain {
  readonly product: string;
  readonly expiry: string;
  readonly timestamp: number;
  /** Of contracts, at most. */
  readonly rows: number;
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** A part of what is exported: chains, of which the thread makes rows, or rows. */
export type Slice =
  | { readonly of: 'chains'; readonly chains: readonly SliceChain[] }
  | { readonly of: 'rows'; readonly table: ColumnTable };

/** What the thread is asked: a file's parts follow its `begin`. */
export type EncodingRequest =
  | { readonly ask: 'begin'; readonly kind: ExportKind; readonly format: ExportFormat }
  | { readonly ask: 'encode'; readonly slice: Slice }
  | { readonly ask: 'finish' };

/** What it sends for each: its bytes, then that it is done. */
export type EncodingReply =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly is: 'done'; readonly rows: number; readonly lastMs: number | null }
  | { readonly is: 'failed'; readonly reason: string };

let writer: TableWriter | null = null;
let order: RowOrder = 'time';
const codec = createChainCodec();

/** Loads the format when it is asked for: its library is nothing that others need. */
async function createTableWriter(kind: ExportKind, format: ExportFormat): Promise<TableWriter> {
  switch (format) {
    case 'csv':
      return (await import('./formats/csv-table.ts')).createCsvWriter(kind);
    case 'parquet':
      return (await import('./formats/parquet-table.ts')).createParquetWriter(kind);
    case 'arrow':
      return (await import('./formats/arrow-table.ts')).createArrowWriter(kind);
  }
}

const NOTHING = { rows: 0, lastMs: null };

async function repliesTo(
  request: EncodingRequest,
  send: (bytes: Uint8Array) => void,
): Promise<{ rows: number; lastMs: number | null }> {
  if (request.ask === 'begin') {
    writer = await createTableWriter(request.kind, request.format);
    order = rowOrderOf(request.format);
    return NOTHING;
  }
  if (writer === null) throw new Error('no file was begun');
  if (request.ask === 'finish') {
    for (const bytes of writer.finish()) send(bytes);
    writer = null;
    return NOTHING;
  }
  const { slice } = request;
  const most = slice.of === 'rows' ? slice.table.rows : rowsOf(slice.chains);
  let rows = 0;
  let lastMs: number | null = null;
  for (const part of slice.of === 'rows' ? [partOf(slice.table)] : partsOf(slice.chains)) {
    for (const bytes of writer.write(part, { rows: most, isFirst: rows === 0 })) send(bytes);
    rows += part.rows;
    if (part.lastMs !== null) lastMs = Math.max(lastMs ?? part.lastMs, part.lastMs);
  }
  return { rows, lastMs };
}

const rowsOf = (chains: readonly SliceChain[]): number => chains.reduce((sum, { rows }) => sum + rows, 0);

/** Rows whose chains are decoded at a time, and more where one series or instant has more. */
const ROWS_DECODED = 8_192;

/** Of chains that belong together in the order of the rows, so that few of them are decoded at a time. */
function* partsOf(chains: readonly SliceChain[]): Generator<TablePart> {
  // A short slice is one part, so that a format whose parts are readers' batches has few small ones.
  if (order === 'time' && rowsOf(chains) < 2 * ROWS_DECODED) return yield partOfChains(chains);
  let some: SliceChain[] = [];
  for (const group of order === 'time' ? byTime(chains) : bySeries(chains)) {
    some.push(...group);
    if (rowsOf(some) < ROWS_DECODED) continue;
    yield partOfChains(some);
    some = [];
  }
  if (some.length > 0) yield partOfChains(some);
}

/** Decoded into one piece of memory, in which the cells of a contract are found sooner. */
function partOfChains(chains: readonly SliceChain[]): TablePart {
  const memory = new Float64Array((rowsOf(chains) / SIDES.length) * ENRICHED_COLUMNS.length);
  let used = 0;
  const next: ColumnMemory = (count, width) => {
    used += count * width;
    return { count, values: memory.subarray(used - count * width, used) };
  };
  return contractTable(
    chains.map(({ frame }) => codec.decode(frame, undefined, next)),
    order,
  );
}

const byTime = (chains: readonly SliceChain[]): SliceChain[][] =>
  chains.toSorted((a, b) => a.timestamp - b.timestamp).map((chain) => [chain]);

function bySeries(chains: readonly SliceChain[]): SliceChain[][] {
  const series = Map.groupBy(chains, ({ product, expiry }) => `${product} ${expiry}`);
  return [...series].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => members);
}

const post = (reply: EncodingReply, moved: ArrayBuffer[] = []) => parentPort?.postMessage(reply, moved);

parentPort?.on('message', async (request: EncodingRequest) => {
  try {
    const done = await repliesTo(request, (bytes) => {
      const own = bytes as Uint8Array<ArrayBuffer>;
      post({ is: 'bytes', bytes: own }, [own.buffer]);
    });
    post({ is: 'done', ...done });
  } catch (error) {
    post({ is: 'failed', reason: reasonOf(error) });
  }
});
