import {
  type EnrichedChain,
  enrichedChainFrames,
  isoTime,
  type ProductFigures,
  type RawChain,
  type RecomputeOrder,
  type RecomputeProgress,
} from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { recomputeRange } from '../../../kit/recompute-order.ts';
import {
  type FramedChain,
  isLaterFigures,
  type MarketReader,
  type MarketStore,
  type StoredProductFigures,
} from '../../../ports/stores/market/market-store.ts';
import { chooseFigures, createFigureChanges, withFigures, withProductFigures } from './figure-changes.ts';
import type { Mark, MarkFile } from './recompute-mark.ts';
import { isBefore, placeOf, productsOf, type Span, spansOf, startOf } from './recompute-spans.ts';
import { isDamage, quotesOf, readableSnapshots } from './stored-quotes.ts';
import { createTurns, type TurnSettings } from './turns.ts';

/** Today's code: what an enricher and analytics compute with, for one run. */
export interface FigureSources {
  /** The columns of the result may be overwritten by the next. */
  readonly enrich: (quotes: RawChain) => EnrichedChain;
  /**
   * Of the chains of a product as they are stored up to an instant. Rejects with `no_data` where there are none, or one
   * that is needed was removed.
   */
  readonly productFigures: (product: string, atMs: number) => Promise<ProductFigures>;
  /** Ends the threads that figures are computed on. */
  readonly stop: () => Promise<void>;
}

export interface RecomputePorts {
  readonly store: MarketReader;
  /** Where recomputed figures go; not used by a dry run. */
  readonly writer: Pick<MarketStore, 'putSnapshots' | 'putProductFigures'> | null;
  readonly sources: FigureSources;
  /** Null: an interrupted run begins again. */
  readonly mark: MarkFile | null;
  readonly report: (progress: RecomputeProgress) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface RecomputeSettings extends TurnSettings {
  readonly reportMs: number;
}

/** Chains that are written with one put: a commit of more costs less of each, and holds up what comes live for longer. */
const BATCH_CHAINS = 256;
const BATCH_BYTES = 4_000_000; // Of their frames: fewer of chains with thousands of strikes, which would fill the memory.
const MOMENTS_PAGE = 256; // Stored figures of a product read at a time.
const DAMAGE_SHOWN = 20; // Enough for a person to see what kind of damage it is; all are counted.

/**
 * Computes the figures of stored snapshots again from their quotes, and puts those that became others in their place:
 * under the same key and version, so that a snapshot which a feed or an import brings meanwhile is never replaced by an
 * older one. Then the figures of products are computed at the moments at which there are stored ones; those of which the
 * chains were removed stay. What cannot be read is left and named. Every step may be repeated; with a mark, a run of the
 * same order goes on where the last one was certain to be durable. Its sources are stopped when it is over, however it ends.
 *
 * Rejects with a permanent `unknown_product` or `invalid_request`, as the signal's reason when it aborts, and as the
 * store does.
 */
export async function recompute(
  ports: RecomputePorts,
  order: RecomputeOrder,
  settings: RecomputeSettings,
): Promise<RecomputeProgress> {
  try {
    return await run(ports, order, settings);
  } finally {
    await ports.sources.stop();
  }
}

async function run(
  { store, writer, sources, mark, report, signal }: RecomputePorts,
  order: RecomputeOrder,
  settings: RecomputeSettings,
): Promise<RecomputeProgress> {
  const { fromMs, toMs } = recomputeRange(order);
  const choice = chooseFigures(order.figures);
  const products = await productsOf(store, order);
  const resumed = order.dry_run ? null : ((await mark?.read()) ?? null);
  const changes = createFigureChanges(choice, resumed?.progress.figures);
  const turns = createTurns(settings, signal);
  const done = {
    share: 0,
    product: null as string | null,
    expiry: null as string | null,
    timestamp: null as string | null,
    resumed_at: resumed && placeOf(resumed),
    chains: resumed?.progress.chains ?? 0,
    chains_changed: resumed?.progress.chains_changed ?? 0,
    moments: resumed?.progress.moments ?? 0,
    moments_changed: resumed?.progress.moments_changed ?? 0,
    damaged: [...(resumed?.progress.damaged ?? [])],
    damaged_count: resumed?.progress.damaged_count ?? 0,
  };
  const spans = await spansOf(store, products, choice, fromMs, toMs);
  const total = spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
  let completed = 0;
  let reportedAt = performance.now();
  /** What was put and is not yet known to be durable; the mark goes behind it. */
  let durable: Promise<void> = Promise.resolve();

  const progress = (): RecomputeProgress => ({
    ...done,
    damaged: [...done.damaged],
    figures: changes.list(),
  });
  const onDamage = (reason: string) => {
    done.damaged_count++;
    if (done.damaged.length < DAMAGE_SHOWN) done.damaged.push(reason);
  };

  /** A row without which nothing more of a span can be found ends it; what was computed before is put. */
  const untilDamage = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isDamage(error)) throw error;
      onDamage(error.message);
    }
  };

  let markedAt = performance.now();

  /** Puts after those before it; then says, from time to time, that all up to `position` is done. */
  const commit = async (
    put: () => Promise<void> | undefined,
    position: Omit<Mark, 'progress'>,
    isEnd: boolean,
  ): Promise<void> => {
    const isDue = isEnd || performance.now() - markedAt >= settings.reportMs;
    const marked = isDue && !order.dry_run ? { ...position, progress: progress() } : null;
    if (isDue) markedAt = performance.now();
    // One put is under way while the next is computed.
    await durable;
    durable = (async () => {
      await put();
      if (marked !== null) await mark?.write(marked);
    })();
    // A failure is thrown by the next commit, or at the end.
    durable.catch(() => undefined);
  };

  const breathe = async (span: Span, atMs: number): Promise<void> => {
    await turns.rest();
    if (performance.now() - reportedAt < settings.reportMs) return;
    reportedAt = performance.now();
    const { product, expiry } = span;
    const share = total === 0 ? 1 : (completed + atMs - span.fromMs) / total;
    Object.assign(done, { share: Math.min(1, share), product, expiry, timestamp: isoTime(atMs) });
    await report(progress());
  };

  const recomputeChains = async (span: Span & { readonly expiry: string }): Promise<void> => {
    const { product, expiry } = span;
    let changed: FramedChain[] = [];
    let bytes = 0;
    let committedAt = performance.now();
    const flush = async (nextMs: number) => {
      const batch = changed;
      changed = [];
      bytes = 0;
      committedAt = performance.now();
      const put = () => (batch.length === 0 ? undefined : writer?.putSnapshots(batch));
      await commit(put, { product, expiry, nextMs }, nextMs === span.toMs);
    };
    const range = { fromMs: startOf(span, resumed), toMs: span.toMs };
    await untilDamage(async () => {
      for await (const stored of readableSnapshots(store, product, expiry, range, onDamage)) {
        const now = withFigures(stored, sources.enrich(quotesOf(stored)), choice);
        done.chains++;
        if (changes.compareChain(stored, now)) {
          done.chains_changed++;
          if (!order.dry_run) {
            const { columns: _, ...head } = now;
            const frame = enrichedChainFrames.encode(now);
            changed.push({ ...head, frame });
            bytes += frame.length;
          }
        }
        const isLong = performance.now() - committedAt > settings.reportMs;
        if (changed.length >= BATCH_CHAINS || bytes >= BATCH_BYTES || isLong)
          await flush(stored.timestamp + 1);
        if (turns.isOver()) await breathe(span, stored.timestamp);
      }
    });
    await flush(span.toMs);
  };

  /** Null where the chains that stored figures of a product were of are damaged, or not stored any more. */
  const figuresNow = async (stored: StoredProductFigures): Promise<StoredProductFigures | null> => {
    const { product, timestamp } = stored;
    try {
      const now = await sources.productFigures(product, timestamp);
      return isLaterFigures(stored, now) ? null : withProductFigures(stored, now, choice);
    } catch (error) {
      if (isDamage(error)) onDamage(`figures of ${product} at ${isoTime(timestamp)}: ${error.message}`);
      else if (!(error instanceof DeltaStreamError && error.code === 'no_data')) throw error;
      return null;
    }
  };

  const recomputeProduct = async (span: Span): Promise<void> => {
    const { product } = span;
    // They are of the chains as they are stored now.
    await durable;
    for (let next = startOf(span, resumed); next < span.toMs; ) {
      const page = { fromMs: next, toMs: span.toMs, limit: MOMENTS_PAGE };
      const changed: StoredProductFigures[] = [];
      next = span.toMs;
      await untilDamage(async () => {
        const moments = await store.productFigures(product, page);
        for (const stored of moments) {
          const now = await figuresNow(stored);
          if (now !== null) {
            done.moments++;
            if (changes.compareProduct(stored, now.values)) {
              done.moments_changed++;
              changed.push(now);
            }
          }
          if (turns.isOver()) await breathe(span, stored.timestamp);
        }
        const last = moments.at(-1);
        if (moments.length === MOMENTS_PAGE && last !== undefined) next = last.timestamp + 1;
      });
      const put = () => (order.dry_run ? undefined : writer?.putProductFigures(changed));
      await commit(put, { product, expiry: null, nextMs: next }, next === span.toMs);
    }
  };

  try {
    for (const span of spans) {
      if (resumed === null || !isBefore(span, resumed)) {
        if (span.expiry === null) await recomputeProduct(span);
        else await recomputeChains({ ...span, expiry: span.expiry });
      }
      completed += span.toMs - span.fromMs;
    }
  } finally {
    // Nothing is under way once this is over, however it ends.
    await durable.catch(() => undefined);
  }
  await durable;
  if (!order.dry_run) await mark?.remove();
  Object.assign(done, { share: 1 });
  const result = progress();
  await report(result);
  return result;
}
