import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { ExportOrder, ExportProgress } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { csvLines } from '../../../kit/responses/csv.ts';
import type { MarketReader } from '../../../ports/stores/market-store.ts';
import { exportRows } from './export-rows.ts';
import { TRANSFERS, type TransferLimits } from './transfer-settings.ts';

/** Ending of a file that is being written. */
export const PART = '.part';

/** Throws `invalid_request` for an order that makes no sense. */
export function checkOrder({ kind, expiry, interval, from, to }: ExportOrder): void {
  const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
  if (kind !== 'chains' && expiry !== undefined) throw invalid('expiry: is for chains only');
  if (kind !== 'bars' && interval !== undefined) throw invalid('interval: is for bars only');
  if (!(Date.parse(from) < Date.parse(to))) throw invalid('to: is not after from');
}

/** `NIFTY_chains_2026-08-25_20260819T033000000Z_20260819T100000000Z.csv`: the same order, the same file. */
export function exportFileName({ kind, product, expiry, interval, from, to }: ExportOrder): string {
  const instant = (text: string) => new Date(text).toISOString().replaceAll(/[-:.]/g, '');
  const detail = kind === 'bars' ? (interval ?? '1m') : expiry;
  return `${[product, kind, detail, instant(from), instant(to)].filter(Boolean).join('_')}.csv`;
}

/**
 * Writes what an order asks for as CSV (`csvLines`, a header line, empty where nothing is known). The file is
 * there complete or not at all; writing it again replaces it. Rejects with a permanent `unknown_product`,
 * `unknown_expiry`, or `invalid_request` beyond the limits; with `stopped` when the signal aborts.
 */
export async function writeExport(
  store: MarketReader,
  order: ExportOrder,
  path: string,
  report: (progress: ExportProgress) => Promise<void>,
  signal: AbortSignal,
  limits: TransferLimits = TRANSFERS.defaults,
): Promise<ExportProgress> {
  const known = (await store.products()).some(({ product }) => product === order.product);
  if (!known) {
    throw new DeltaStreamError('unknown_product', `there is no product ${order.product}`, {
      permanent: true,
    });
  }
  const { columns, chunks } = exportRows(store, order);
  let progress: ExportProgress = { rows: 0, bytes: 0, timestamp: null };
  let reportedAt = performance.now();

  async function* text(): AsyncGenerator<string> {
    yield counted([columns], null);
    for await (const { rows, timestamp } of chunks()) {
      yield counted(rows, timestamp);
      if (performance.now() - reportedAt < limits.reportMs) continue;
      reportedAt = performance.now();
      await report(progress);
    }
  }

  const counted = (rows: readonly (readonly unknown[])[], timestamp: string | null): string => {
    const lines = csvLines(rows);
    progress = {
      rows: progress.rows + (timestamp === null ? 0 : rows.length),
      bytes: progress.bytes + Buffer.byteLength(lines),
      timestamp,
    };
    if (progress.rows <= limits.exportMaxRows && progress.bytes <= limits.exportMaxBytes) return lines;
    const most = `${limits.exportMaxRows} rows or ${limits.exportMaxBytes} bytes`;
    throw new DeltaStreamError('invalid_request', `more than ${most}: ask for a shorter range`, {
      permanent: true,
    });
  };

  const part = `${path}.${randomBytes(4).toString('hex')}${PART}`;
  try {
    // Open before anything can fail, or it would be made after it was removed.
    const file = await open(part, 'wx', 0o600);
    await pipeline(text, file.createWriteStream(), { signal });
    await rename(part, path);
  } catch (cause) {
    await rm(part, { force: true });
    if (signal.aborted)
      throw new DeltaStreamError('stopped', 'the export was stopped; it begins again', { cause });
    throw cause;
  }
  await report(progress);
  return progress;
}
