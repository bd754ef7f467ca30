import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExportOrder, type ExportProgress, isoTime } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { TRANSFERS, type TransferLimits } from '../transfers/transfer-settings.ts';
import type { Slice } from './encoding-worker.ts';
import { detailOf, FORMATS, formatOf } from './export-order.ts';
import { storeSlices } from './store-slices.ts';
import { type ExportPorts, requireProduct, stoppedExport, writeExport } from './write-export.ts';

const DAY_MS = 86_400_000;

/**
 * Writes an order as a file for each day in UTC that has something of it, in folders that say product and date
 * (`partitionPath`): tools that know such folders read only those that a query is about. Each file is there complete or not
 * at all; those of days that are written again are replaced. Rejects as `writeExport` does, with `data_folder_unusable`
 * when a folder cannot be made; files that are complete by then stay.
 */
export async function exportFolder(
  ports: ExportPorts,
  order: ExportOrder,
  folder: string,
  written: (path: string, progress: ExportProgress) => void,
  signal: AbortSignal,
  limits: TransferLimits = TRANSFERS.defaults,
): Promise<void> {
  await requireProduct(ports.store, order.product);
  const { fromMs, toMs } = await spanOf(ports.store, order);
  for (let day = Math.floor(fromMs / DAY_MS) * DAY_MS; day < toMs; day += DAY_MS) {
    if (signal.aborted) throw stoppedExport();
    const from = isoTime(Math.max(fromMs, day));
    const part = { ...order, from, to: isoTime(Math.min(toMs, day + DAY_MS)) };
    const slices = await unlessEmpty(storeSlices(ports.store, part, limits.exportSliceBytes));
    if (slices === null) continue;
    const path = partitionPath(folder, part);
    await makeFolder(join(path, '..'));
    written(path, await writeExport(ports, part, path, async () => {}, signal, limits, slices));
  }
}

/** `chains/product=NIFTY/date=2026-11-26/NIFTY_chains_2026-11-26.parquet`: by its name alone each file is told apart. */
function partitionPath(folder: string, order: ExportOrder): string {
  const { kind, product, from } = order;
  const date = from.slice(0, 10);
  const name = [product, kind, detailOf(order), date].filter(Boolean).join('_');
  const file = `${name}.${FORMATS[formatOf(order)].ending}`;
  return join(folder, kind, `product=${product}`, `date=${date}`, file);
}

/** The part of an order's range in which there may be something. */
async function spanOf(store: MarketReader, order: ExportOrder): Promise<{ fromMs: number; toMs: number }> {
  const { kind, product, interval = '1m' } = order;
  const range = { fromMs: Date.parse(order.from), toMs: Date.parse(order.to) };
  const instants: number[] = [];
  if (kind === 'ticks' || kind === 'bars') {
    for (const take of ['first', 'last'] as const) {
      const one = { ...range, limit: 1, take };
      const found =
        kind === 'ticks'
          ? (await store.ticks(product, one)).map(({ timestamp }) => timestamp)
          : (await store.bars(product, interval, one)).map(({ start }) => start);
      instants.push(...found);
    }
  } else {
    for (const each of await store.expiries(product)) instants.push(each.firstTimestamp, each.lastTimestamp);
  }
  return {
    fromMs: Math.max(range.fromMs, Math.min(...instants)),
    toMs: Math.min(range.toMs, Math.max(...instants) + 1),
  };
}

async function unlessEmpty(slices: AsyncGenerator<Slice>): Promise<AsyncGenerator<Slice> | null> {
  const first = await slices.next();
  if (first.done) return null;
  return (async function* () {
    yield first.value;
    yield* slices;
  })();
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new DeltaStreamError('data_folder_unusable', `cannot make ${folder}: ${reasonOf(cause)}`, {
      cause,
    });
  }
}
