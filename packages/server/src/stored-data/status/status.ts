import { basename, join } from 'node:path';
import { isoTime, type StoredDataStatus } from '@deltastream/contracts';
import { openPort, serverOf } from '../../adapters.ts';
import { reasonOf } from '../../kit/errors.ts';
import type { MarketReader, StoreCounts } from '../../ports/stores/market/market-store.ts';
import type { Settings } from '../../settings/compose.ts';
import { datasetOf } from '../../settings/places.ts';
import { useReferenceFile } from '../../settings/reference-file.ts';
import { bytesOf, FILE_KINDS, filesOfKind } from '../file-kinds.ts';
import { dataFiles } from '../stored-data.ts';
import { type Gap, gapsOf } from './gaps.ts';

/** What is kept of a product; times in epoch ms. */
export interface ProductStatus {
  readonly product: string;
  /** Of its chains; null where only prices are stored. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly expiries: number;
  readonly gaps: readonly Gap[];
}

export interface DatasetStatus {
  readonly dataset: string;
  readonly counts: StoreCounts;
  readonly products: readonly ProductStatus[];
  /** Why it cannot all be read; null where it can. */
  readonly problem: string | null;
}

export interface DataStatus {
  readonly datasets: readonly DatasetStatus[];
  /** Bytes of the files of each kind, write-ahead logs included. */
  readonly bytes: readonly {
    readonly kind: string;
    readonly holds: string;
    readonly files: number;
    readonly bytes: number;
  }[];
}

/** As `storedDataStatus`, for a process that has not read the reference data of the settings. */
export async function dataStatus(settings: Settings): Promise<DataStatus> {
  const restore = await useReferenceFile(settings.reference);
  try {
    return await look(settings);
  } finally {
    restore();
  }
}

/** What is kept where the settings say, also while a platform is at work: every dataset of a data folder, or a database. */
export const storedDataStatus = async (settings: Settings): Promise<StoredDataStatus> =>
  asResponse(await look(settings));

async function look(settings: Settings): Promise<DataStatus> {
  const datasets: DatasetStatus[] = [];
  const names =
    serverOf(settings.store) !== null
      ? [datasetOf(settings)]
      : dataFiles(settings.data).markets.map((market) => basename(market));
  for (const dataset of names) datasets.push(await datasetStatus({ ...settings, dataset }, dataset));
  const bytes = FILE_KINDS.map((kind) => {
    const files = filesOfKind(settings.data, kind);
    const total = files.reduce((sum, path) => sum + bytesOf(join(settings.data, path)), 0);
    return { kind: kind.name, holds: kind.holds, files: files.length, bytes: total };
  });
  return { datasets, bytes };
}

/** With times as every response has them. */
export function asResponse({ datasets, bytes }: DataStatus): StoredDataStatus {
  const time = (epochMs: number | null) => (epochMs === null ? null : isoTime(epochMs));
  return {
    datasets: datasets.map(({ products, ...dataset }) => ({
      ...dataset,
      products: products.map(({ fromMs, toMs, gaps, ...product }) => ({
        ...product,
        from: time(fromMs),
        to: time(toMs),
        gaps: gaps.map((gap) => ({
          from: isoTime(gap.fromMs),
          to: isoTime(gap.toMs),
          session: gap.session,
        })),
      })),
    })),
    bytes: [...bytes],
  };
}

async function datasetStatus(settings: Settings, dataset: string): Promise<DatasetStatus> {
  const products: ProductStatus[] = [];
  let counts: StoreCounts = { snapshots: 0, quotes: 0, ticks: 0, bars: 0, bytes: 0 };
  const store = await openPort('marketReader', settings);
  try {
    counts = await store.counts();
    for (const { product } of await store.products()) products.push(await productStatus(store, product));
    return { dataset, counts, products, problem: null };
  } catch (error) {
    return { dataset, counts, products, problem: reasonOf(error) };
  } finally {
    await store.close();
  }
}

async function productStatus(store: MarketReader, product: string): Promise<ProductStatus> {
  const expiries = await store.expiries(product);
  const [fromMs, toMs] =
    expiries.length === 0
      ? [null, null]
      : [
          Math.min(...expiries.map(({ firstTimestamp }) => firstTimestamp)),
          Math.max(...expiries.map(({ lastTimestamp }) => lastTimestamp)),
        ];
  return { product, fromMs, toMs, expiries: expiries.length, gaps: await gapsOf(store, product) };
}
