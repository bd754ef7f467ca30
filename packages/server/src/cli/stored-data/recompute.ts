import { once } from 'node:events';
import process, { stderr, stdout } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type FigureChange,
  RecomputeOrder,
  type RecomputeProgress,
  type RecomputeView,
  schemaCheck,
} from '@deltastream/contracts';
import { openPort, writesDataFolder } from '../../adapters.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { lockFolder } from '../../kit/files/folder-lock.ts';
import type { MarketStore } from '../../ports/stores/market/market-store.ts';
import { recompute } from '../../services/storage/recompute/recompute.ts';
import { createMarkFile } from '../../services/storage/recompute/recompute-mark.ts';
import { STORAGE } from '../../services/storage/settings.ts';
import { openRecomputation, recomputeFolder } from '../../services.ts';
import type { Settings } from '../../settings/compose.ts';
import { useReferenceFile } from '../../settings/reference-file.ts';
import { createPlatformClient } from '../ask-platform.ts';
import { createProgressBar } from '../progress-bar.ts';

/** Lists are names separated by commas. */
export interface RecomputeFlags {
  readonly from: string;
  readonly to: string;
  readonly products?: string;
  readonly figures?: string;
  readonly dryRun?: boolean;
  readonly format: 'text' | 'json';
  /** Address of a running platform, which then does it, instead of this process. */
  readonly server?: string;
  readonly token?: string;
}

const POLL_MS = 500; // Progress for a person.
const orderCheck = schemaCheck(RecomputeOrder);

/**
 * Computes stored figures again, here or in a running platform, and prints what changed. Rejects with `invalid_request`
 * for an order that makes no sense, and with `data_folder_in_use` while a platform has the data folder that would be
 * written to.
 */
export async function printRecomputation(
  settings: Settings,
  { format, server, token, ...flags }: RecomputeFlags,
): Promise<void> {
  const order = orderOf(flags);
  const bar = createProgressBar(stderr);
  const show = (progress: RecomputeProgress) => bar.update(progress.share, detailOf(progress));
  try {
    const result =
      server === undefined
        ? await recomputeHere(settings, order, show)
        : await recomputeThere(server, token, order, show);
    bar.stop();
    stdout.write(format === 'json' ? `${JSON.stringify(result, null, 2)}\n` : textOf(order, result));
    if (result.damaged_count > 0) {
      throw new DeltaStreamError(
        'stored_data_damaged',
        `${result.damaged_count} could not be read and stay as they are`,
      );
    }
  } finally {
    bar.stop();
  }
}

function orderOf({
  from,
  to,
  products,
  figures,
  dryRun,
}: Omit<RecomputeFlags, 'format' | 'server' | 'token'>): RecomputeOrder {
  const listOf = (text: string | undefined) => text?.split(',').map((item) => item.trim());
  const given = { from, to, products: listOf(products), figures: listOf(figures), dry_run: dryRun };
  const order: unknown = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (orderCheck.accepts(order)) return order;
  const first = orderCheck.faultOf(order);
  const [, field, at] = first.instancePath.split('/');
  const value =
    field === 'figures' || field === 'products' ? ` ${JSON.stringify(given[field]?.[Number(at)])}` : '';
  throw new DeltaStreamError('invalid_request', `--${field}${value}: ${first.message}`);
}

async function recomputeHere(
  settings: Settings,
  order: RecomputeOrder,
  show: (progress: RecomputeProgress) => void,
): Promise<RecomputeProgress> {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) void once(process, name).then(() => stopping.abort());
  const restore = await useReferenceFile(settings.reference);
  const writes = order.dry_run !== true;
  const lock = writes && writesDataFolder('marketStore', settings) ? lockedFolder(settings.data) : null;
  const store = await openPort(writes ? 'marketStore' : 'marketReader', settings).catch((error) => {
    lock?.release();
    throw error;
  });
  try {
    const { sources, identity } = await openRecomputation(settings, store);
    const { recomputeTurnMs: turnMs, recomputeReportMs: reportMs } = STORAGE.of(settings);
    return await recompute(
      {
        store,
        writer: writes ? (store as MarketStore) : null,
        sources,
        mark: createMarkFile(recomputeFolder(settings), { ...identity, order }),
        report: async (progress) => show(progress),
        signal: stopping.signal,
      },
      order,
      { turnMs, reportMs, timeShare: 1 },
    );
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
    throw new DeltaStreamError('stopped', 'stopped; the same command goes on where it was');
  } finally {
    await store.close();
    lock?.release();
    restore();
  }
}

function lockedFolder(folder: string) {
  try {
    return lockFolder(folder);
  } catch (cause) {
    if (!(cause instanceof DeltaStreamError) || cause.code !== 'data_folder_in_use') throw cause;
    const advice = 'have that platform do it with --server http://HOST:PORT, or compare only with --dry-run';
    throw new DeltaStreamError('data_folder_in_use', `${cause.message}: ${advice}`, { cause });
  }
}

async function recomputeThere(
  server: string,
  token: string | undefined,
  order: RecomputeOrder,
  show: (progress: RecomputeProgress) => void,
): Promise<RecomputeProgress> {
  const platform = createPlatformClient(server, token);
  const path = '/api/admin/recomputes';
  const { id } = await platform.post<RecomputeView>(path, order);
  for (;;) {
    const view = await platform.get<RecomputeView>(`${path}/${encodeURIComponent(id)}`);
    if (view?.progress) show(view.progress);
    if (view?.state === 'done' && view.progress) return view.progress;
    if (view?.state === 'dead') throw new DeltaStreamError('retries_exhausted', `job ${id}: ${view.reason}`);
    await sleep(POLL_MS);
  }
}

const detailOf = ({ product, expiry, timestamp, chains, chains_changed }: RecomputeProgress): string =>
  `${[product, expiry, timestamp?.slice(0, 16)].filter(Boolean).join(' ')} | ${chains} chains, ${chains_changed} changed`;

function textOf({ dry_run: dryRun }: RecomputeOrder, result: RecomputeProgress): string {
  const { chains, chains_changed, moments, moments_changed, resumed_at, damaged, damaged_count } = result;
  const became = dryRun ? 'would change' : 'replaced';
  const lines = [
    ...(resumed_at === null ? [] : [`Taken up at ${resumed_at}`]),
    `${chains} chains compared, ${chains_changed} ${became}; ` +
      `${moments} moments of products compared, ${moments_changed} ${became}`,
    ...result.figures.map(changeLine),
    ...damaged.map((what) => `damaged, left as it is: ${what}`),
  ];
  if (damaged_count > damaged.length) lines.push(`... and ${damaged_count - damaged.length} more damaged`);
  return `${lines.join('\n')}\n`;
}

function changeLine({ figure, level, chains, values, largest_difference, ...at }: FigureChange): string {
  const where = `${at.where}: ${at.stored ?? 'null'} -> ${at.recomputed ?? 'null'}`;
  const most =
    largest_difference === null
      ? 'such as'
      : `largest difference ${Number(largest_difference.toPrecision(6))},`;
  const of = level === 'product' ? 'moments' : level === 'chain' ? 'chains' : `chains, ${values} contracts`;
  return `  ${figure}: ${chains} ${of}; ${most} ${where}`;
}
