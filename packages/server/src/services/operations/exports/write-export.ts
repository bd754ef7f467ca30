import type { ExportOrder, ExportProgress } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';
import { writeCompleteFile } from './complete-file.ts';
import type { EncodingThread } from './encoding-thread.ts';
import type { Slice } from './encoding-worker.ts';
import { formatOf } from './export-order.ts';
import { storeSlices } from './store-slices.ts';

export interface ExportPorts {
  readonly store: MarketReader;
  readonly encoder: EncodingThread;
}

/**
 * What an order asks for, as the bytes of one file: CSV as responses have it, Parquet or an Arrow stream. No more of it is
 * read than is taken, beyond two slices. `counted` is told how far it is with every piece. Rejects with a permanent
 * `unknown_product`, `unknown_expiry`, or `invalid_request` beyond the limits, and as the signal's reason when it aborts.
 */
export async function* exportBytes(
  { store, encoder }: ExportPorts,
  order: ExportOrder,
  signal: AbortSignal,
  counted: (progress: ExportProgress) => void = () => undefined,
  limits: TransferLimits = TRANSFERS.defaults,
  slices: AsyncIterable<Slice> = storeSlices(store, order, limits.exportSliceBytes),
): AsyncGenerator<Uint8Array> {
  await requireProduct(store, order.product);
  let bytes = 0;
  for await (const piece of encoder.encode(order.kind, formatOf(order), slices, signal)) {
    bytes += piece.bytes.length;
    if (piece.rows > limits.exportMaxRows || bytes > limits.exportMaxBytes) {
      const most = `${limits.exportMaxRows} rows or ${limits.exportMaxBytes} bytes`;
      throw new DeltaStreamError('invalid_request', `more than ${most}: ask for a shorter range`, {
        permanent: true,
      });
    }
    counted({ rows: piece.rows, bytes, timestamp: piece.timestamp, cancelled: false });
    yield piece.bytes;
  }
}

/**
 * Writes an export to a file, which is there complete or not at all; writing it again replaces it. Rejects as
 * `exportBytes` and `writeCompleteFile` do, with `stopped` when the signal aborts.
 */
export async function writeExport(
  ports: ExportPorts,
  order: ExportOrder,
  path: string,
  report: (progress: ExportProgress) => Promise<void>,
  signal: AbortSignal,
  limits: TransferLimits = TRANSFERS.defaults,
  slices?: AsyncIterable<Slice>,
): Promise<ExportProgress> {
  let progress: ExportProgress = { rows: 0, bytes: 0, timestamp: null, cancelled: false };
  let reportedAt = performance.now();
  const counted = (now: ExportProgress) => {
    progress = now;
  };

  async function* reported(): AsyncGenerator<Uint8Array> {
    for await (const piece of exportBytes(ports, order, signal, counted, limits, slices)) {
      yield piece;
      if (performance.now() - reportedAt < limits.reportMs) continue;
      reportedAt = performance.now();
      await report(progress);
    }
  }

  try {
    await writeCompleteFile(path, reported());
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw stoppedExport(cause);
  }
  await report(progress);
  return progress;
}

/** Rejects with a permanent `unknown_product`. */
export async function requireProduct(store: MarketReader, product: string): Promise<void> {
  if ((await store.products()).some((known) => known.product === product)) return;
  throw new DeltaStreamError('unknown_product', `there is no product ${product}`, { permanent: true });
}

export const stoppedExport = (cause?: unknown): DeltaStreamError =>
  new DeltaStreamError('stopped', 'the export was stopped; it begins again', { cause });
