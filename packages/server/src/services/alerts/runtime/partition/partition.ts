import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS, ENRICHED_FIGURES, type ProductFigures } from '@deltastream/contracts';
import { reasonOf } from '../../../../kit/errors.ts';
import { within } from '../../../../kit/lifecycle/bounded-wait.ts';
import type { Position } from '../../../../ports/bus.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type {
  CommitResult,
  EvaluationBatch,
  KeptPositions,
  Lease,
  Remembered,
  StoredFiring,
} from '../../../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../../../ports/stores/alerts/alert-store.ts';
import type { Turn } from '../../intake/chain-order.ts';
import { createFigurePositions } from '../../intake/figure-positions.ts';
import { createSettledPosition, type StreamPlace } from '../../intake/settled-position.ts';
import type { AlertMetrics } from '../alert-metrics.ts';
import type { RuntimeSettings } from '../runtime-settings.ts';
import type { FiringLimit } from './firing-limit.ts';
import type { Evaluated, EvaluatedChain, PartitionEvaluator } from './partition-evaluator.ts';
import { createPendingBatch } from './pending-batch.ts';
import {
  createProductChains,
  type ProductChains,
  type ProductPlace,
  type WaitingChain,
} from './product-chains.ts';

/**
 * The products of one partition, evaluated by the holder of its lease.
 * - The chains of a product are judged in their order, each once.
 * - What that changes is committed in groups, with the places up to which the streams were read, or not at all: after
 *   a crash the same chains are read again and give the same, and firings that were kept are not kept twice.
 * - Nothing is written for a chain that changes nothing, but the places now and then.
 */
export interface Partition {
  readonly lease: Lease;
  renewed(lease: Lease): void;
  chain(chain: EvaluatedChain): void;
  figures(figures: ProductFigures): void;
  /** What is evaluated otherwise than by chains. */
  add(evaluated: Evaluated): void;
  /** Commits what is pending, and how far it is. */
  note(): void;
  /** How far it is, to be kept apart from a commit; null where that is kept already, or is part of a commit. */
  place(): KeptPositions | null;
  /** It is kept. */
  placeKept(place: KeptPositions): void;
  /** Why what is pending cannot be committed now, or null. */
  problem(): string | null;
  /** Commits what waits, in this time, and takes no more. */
  close(leftMs: number): Promise<void>;
}

export interface PartitionParts {
  readonly store: Pick<AlertStore, 'commit'>;
  readonly evaluator: PartitionEvaluator;
  readonly clock: Clock;
  readonly metrics: AlertMetrics;
  readonly limit: FiringLimit;
  readonly settings: RuntimeSettings;
  /** Where the followers are that bring its chains and figures. */
  readonly streams: { readonly chains: StreamPlace; readonly figures: StreamPlace };
  /** Whether messages may be late because the bus is, or was a moment ago, away: what is missing is not given up then. */
  readonly isDelayed: () => boolean;
  /** A position of the bus as it is kept. */
  readonly keptPosition: (position: Position) => string;
  readonly onCommitted: (firings: readonly StoredFiring[]) => void;
  readonly onFailure: (reason: string) => void;
  /** Messages of a product that were given up. */
  readonly onMissing: (product: string, messages: number) => void;
  /** Those of them that follow on where the product was left before it was held here. */
  readonly onResumeGap: (product: string, messages: number) => void;
  /** What rules need of the past could not be read. */
  readonly onUnread: (error: unknown) => void;
  /** Rules whose time is over. */
  readonly onExpired: (rules: Evaluated['expired']) => void;
  /** It is no longer held, or too much waits: it has to be loaded again. Called once. */
  readonly onLost: (why: 'lease' | 'overflow') => void;
}

/** How often chains that wait for others are looked at: a tenth of the time that they wait by default. */
const EXPIRE_MS = 50;
/** Records of product figures are taken by the minute. */
const MINUTE_MS = 60_000;

export function createPartition(held: Lease, remembered: Remembered, parts: PartitionParts): Partition {
  const { store, evaluator, clock, metrics, limit, settings, streams } = parts;
  const positions = {
    chains: createSettledPosition(streams.chains),
    figures: createSettledPosition(streams.figures),
  };
  const figurePositions = createFigurePositions(positions.figures, settings.settleMs + MINUTE_MS);
  const places = new Map(remembered.products.map((place) => [place.product, place]));
  /** Where products were left that have not gone on yet. */
  const left = new Map(places);
  const products = new Map<string, ProductChains>();
  /** Products with chains that wait for others. */
  const incomplete = new Set<string>();
  const pending = createPendingBatch();
  const closing = new AbortController();
  let lease = held;
  let isOpen = true;
  let committing: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let expiring: NodeJS.Timeout | null = null;
  let problem: string | null = null;
  /** As the store has them. */
  let keptPositions = remembered.positions;
  evaluator.restore(remembered.memories);

  function chainsOf(product: string): ProductChains {
    const found = products.get(product);
    if (found !== undefined) return found;
    const made = createProductChains({
      from: places.get(product) ?? null,
      waitMs: settings.orderWaitMs,
      maxHeld: settings.maxHeldChains,
      retryMs: settings.maxRetryMs,
      prepare: ({ timestamp }) => evaluator.prepare(product, timestamp),
      judge,
      onUnread: parts.onUnread,
    });
    products.set(product, made);
    places.delete(product);
    return made;
  }

  function judge(chain: WaitingChain, place: ProductPlace): void {
    const { product, timestamp, unsettled } = chain;
    if (!isOpen) return;
    const begun = performance.now();
    const evaluated = evaluator.chain(chain);
    metrics.evaluated(begun);
    take(evaluated);
    pending.reached({ product, ...place });
    if (evaluated.expired.length > 0) parts.onExpired(evaluated.expired);
    figurePositions.evaluated(product, timestamp);
    unsettled.settle();
    schedule();
  }

  const take = (evaluated: Evaluated): void =>
    pending.add({ ...evaluated, firings: limit.within(evaluated.firings) });

  function noteTurn(product: string, chains: ProductChains, { ready, missing }: Turn<WaitingChain>): void {
    for (const { epoch, from, to } of missing) {
      metrics.missing.inc(to - from + 1);
      parts.onMissing(product, to - from + 1);
      const place = left.get(product);
      if (place?.epoch === epoch && place.seq + 1 === from) parts.onResumeGap(product, to - from + 1);
    }
    if (ready.length > 0) left.delete(product);
    if (chains.held > 0) incomplete.add(product);
    else incomplete.delete(product);
    watchIncomplete();
  }

  /** Gives up chains that do not come; nothing runs while none is waited for. */
  function watchIncomplete(): void {
    if (incomplete.size === 0 || !isOpen) return;
    expiring ??= setTimeout(() => {
      expiring = null;
      for (const product of parts.isDelayed() ? [] : incomplete) {
        const chains = products.get(product);
        if (chains !== undefined) noteTurn(product, chains, chains.expire(performance.now()));
      }
      watchIncomplete();
    }, EXPIRE_MS);
  }

  /** The product is looked at by no rule, and where one does again it is joined where it then is. */
  function forget(product: string): void {
    places.delete(product);
    incomplete.delete(product);
    const chains = products.get(product);
    if (chains === undefined) return;
    // What waits of it would hold the place of the stream back for good.
    chains.expire(Number.POSITIVE_INFINITY);
    products.delete(product);
    figurePositions.forget(product);
  }

  /** At once where something fired; states alone wait for others, as a chain changes several. */
  function schedule(): void {
    if (pending.firings > settings.maxPendingFirings) lose('overflow');
    if (!isOpen || committing !== null || !pending.hasChanges) return;
    if (pending.firings > 0) begin();
    else timer ??= setTimeout(begin, settings.commitMs);
  }

  function begin(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (committing !== null || (pending.isEmpty && !wentOn())) return;
    committing = commitAll().finally(() => {
      committing = null;
      schedule();
    });
  }

  async function commitAll(): Promise<void> {
    const batch: EvaluationBatch = { ...pending.take(), positions: positionsNow(), atMs: clock.now() };
    const result = await committed(batch);
    if (result === undefined) return;
    if (result === null) lose('lease');
    else keptPositions = { ...keptPositions, ...batch.positions };
    if (result !== null && result.firings.length > 0) parts.onCommitted(result.firings);
  }

  function positionsNow(): Record<string, string> {
    const each = [
      [ENRICHED_CHAINS.name, positions.chains.position],
      [ENRICHED_FIGURES.name, positions.figures.position],
    ] as const;
    return Object.fromEntries(
      each.flatMap(([topic, at]) => (at === null ? [] : [[topic, parts.keptPosition(at)]])),
    );
  }

  /**
   * The streams went on, be it with products that no rule of these looks at. Where nothing is kept, or what the bus has no more,
   * whoever has the partition next would begin behind what came while nobody had it.
   */
  const wentOn = (): boolean =>
    Object.entries(positionsNow()).some(([topic, position]) => keptPositions[topic] !== position);

  /** Tries until the store took it; undefined where that is waited for no longer. */
  async function committed(batch: EvaluationBatch): Promise<CommitResult | null | undefined> {
    for (let waitMs = settings.retryMs; ; waitMs = Math.min(2 * waitMs, settings.maxRetryMs)) {
      const begun = performance.now();
      try {
        const result = await store.commit(lease, batch);
        metrics.committed(begun, result);
        problem = null;
        return result;
      } catch (error) {
        metrics.commitFailures.inc();
        problem = reasonOf(error);
        parts.onFailure(problem);
      }
      await sleep(waitMs, undefined, { signal: closing.signal }).catch(() => undefined);
      if (closing.signal.aborted) return undefined;
    }
  }

  function lose(why: 'lease' | 'overflow'): void {
    if (!isOpen) return;
    isOpen = false;
    closing.abort();
    if (timer !== null) clearTimeout(timer);
    if (expiring !== null) clearTimeout(expiring);
    parts.onLost(why);
  }

  return {
    get lease() {
      return lease;
    },
    renewed(next) {
      lease = next;
    },
    chain(chain) {
      if (!isOpen) return;
      const { product } = chain;
      if (!evaluator.looksAt(product)) {
        forget(product);
        return;
      }
      if (!products.has(product) && products.size >= settings.maxProducts) {
        metrics.dropped.inc({ reason: 'too_many_products' });
        return;
      }
      const chains = chainsOf(product);
      if (chains.unread >= settings.maxUnreadChains) {
        metrics.dropped.inc({ reason: 'past_not_read' });
        return;
      }
      const unsettled = positions.chains.hold();
      const turn = chains.arrive({ ...chain, unsettled }, performance.now());
      if (turn.dropped !== null) {
        metrics.dropped.inc({ reason: turn.dropped });
        unsettled.settle();
      }
      noteTurn(product, chains, turn);
    },
    figures(figures) {
      if (!isOpen || !evaluator.looksAt(figures.product)) return;
      figurePositions.came(figures.product, figures.timestamp);
      evaluator.figures(figures);
    },
    add(evaluated) {
      if (!isOpen) return;
      take(evaluated);
      schedule();
    },
    note: begin,
    place: () =>
      isOpen && committing === null && pending.isEmpty && wentOn()
        ? { lease, positions: positionsNow() }
        : null,
    placeKept(place) {
      keptPositions = { ...keptPositions, ...place.positions };
    },
    problem: () => problem,
    async close(leftMs) {
      if (timer !== null) clearTimeout(timer);
      timer = null;
      if (isOpen) {
        const flushed = (async () => {
          await committing;
          if (isOpen) begin();
          await committing;
        })();
        await within(leftMs, flushed, () => undefined);
      }
      isOpen = false;
      if (expiring !== null) clearTimeout(expiring);
      closing.abort();
    },
  };
}
