import { setImmediate as nextTurn } from 'node:timers/promises';
import { type IngestReport, type LineKind, MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { createEdgeQuality } from '@deltastream/recordings/edge-quality';
import { createStamp, type Stamp } from '@deltastream/recordings/source';
import { LRUCache } from 'lru-cache';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { DeltaStreamError, reasonOf } from '../errors.ts';
import type { ProductPaces } from '../health/product-pace.ts';
import type { Logger } from '../logging/log.ts';
import { createPacedWarning } from '../logging/paced-warning.ts';
import type { IngestMetrics } from './ingest-metrics.ts';
import type { IngestSettings } from './ingest-settings.ts';
import { LineProblem } from './line-problem.ts';
import type { Line } from './lines.ts';
import { createQuoteBook } from './quote-book.ts';
import { type ReadChain, type ReadTick, readChain, readQuote, readTick } from './read-line.ts';
import { createSeenLines } from './seen-lines.ts';

export interface IntakeParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: IngestMetrics;
  readonly paces: ProductPaces;
}

export interface IntakeConfig extends Omit<IngestSettings, 'ingestRedis'> {
  readonly dataset: string;
}

/**
 * Takes quotes as lines of JSON and publishes them as a feed does.
 *
 * Guarantees:
 * - A line is validated for itself: what is wrong with it is told with its number, and costs no other.
 * - What is not numbered by its sender is numbered here, by product, in an epoch of this process; after a publication that
 *   failed a new epoch begins, so that no number is left out.
 * - A line that was taken is not published again, of ticks and chains nor one of an earlier time.
 * - Nothing is taken while consumers are behind: `unavailable`, with the time after which to come again.
 */
export interface Intake {
  /** Rejects with `unavailable` where the bus did not take a line: send all again, what was taken is known. */
  take(kind: LineKind, lines: Iterable<Line>, source: string): Promise<IngestReport>;
  /** Ends the making of chains from quotes; idempotent. */
  stop(): Promise<void>;
}

/** Messages published at the same time. */
const BATCH = 64;
/** How long lines are read before others get their turn, ms: a frame of a page. */
const TURN_MS = 8;

export function createIntake(parts: IntakeParts, config: IntakeConfig): Intake {
  const { bus, clock, metrics, paces } = parts;
  const { dataset, maxAheadMs, maxBehindMs, maxStrikes, maxProducts } = config;
  const warnPaced = createPacedWarning(parts.logger);
  const seen = createSeenLines(config.maxExpiries);
  const products = new Set<string>();
  const prices = new LRUCache<string, number>({ max: maxProducts });
  const book = createQuoteBook(config, (product) => prices.get(product) ?? null);
  const edgeQuality = createEdgeQuality();
  let stamp: Stamp | null = null;
  let lastEpoch = 0;
  let flushing: NodeJS.Timeout | null = null;
  let publishing: Promise<void> = Promise.resolve();
  let stopped = false;

  function numbering(): Stamp {
    if (stamp === null) {
      lastEpoch = Math.max(clock.now(), lastEpoch + 1);
      stamp = createStamp(new Date(lastEpoch).toISOString(), '');
    }
    return stamp;
  }

  /** What was numbered and is not on the bus shall not look like a message that was lost. */
  function beginAnew(): void {
    stamp = null;
    seen.clear();
  }

  const isBehind = () =>
    Math.max(bus.pressure(MARKET_CHAINS.name), bus.pressure(MARKET_TICKS.name)) > config.refuseAbove;

  const comeAgain = (why: string, cause?: unknown) =>
    new DeltaStreamError('unavailable', why, { cause, retryAfterSeconds: config.refusedSeconds });

  function publishTick({ tick, number }: ReadTick): Promise<unknown> {
    const message = number ? { ...tick, source: tick.source ?? '', ...number } : numbering().tick(tick);
    prices.set(tick.product, tick.price);
    return bus.publish(MARKET_TICKS.name, MARKET_TICKS.frames.encode({ ...message, dataset }));
  }

  function publishChain({ chain, exchange, number }: ReadChain): Promise<unknown> {
    // What is told of volume alone differs: it runs over 24 hours there.
    const volume = exchange === 'DERIBIT' ? 'rolling' : 'session';
    const flagged = { ...chain, quality: edgeQuality({ kind: 'chain', chain, exchange, volume }) };
    const message = number
      ? { ...flagged, source: flagged.source ?? '', ...number }
      : numbering().chain(flagged);
    return bus.publish(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode({ ...message, dataset }));
  }

  /** Publishes a line; null where it is a duplicate, or a quote, which is published later. Throws LineProblem. */
  function takeLine(kind: LineKind, { text, value, problem }: Line, source: string) {
    if (problem !== undefined) throw new LineProblem(problem, 'Send one JSON object a line.');
    const limits = { dataset, nowMs: clock.now(), maxAheadMs, maxBehindMs, maxStrikes, source };
    if (kind === 'ticks') {
      const read = readTick(value, limits);
      const { product, timestamp } = read.tick;
      admit(product);
      return isNew(`tick ${product}`, timestamp, text) ? ([product, publishTick(read)] as const) : null;
    }
    if (kind === 'chains') {
      const read = readChain(value, limits);
      const { product, expiry, timestamp } = read.chain;
      admit(product);
      return isNew(`chain ${product} ${expiry}`, timestamp, text)
        ? ([product, publishChain(read)] as const)
        : null;
    }
    const read = readQuote(value, limits);
    const { product, expiry, timestamp } = read.header;
    admit(product);
    const stream = `quote ${product} ${expiry}`;
    if (seen.look(stream, timestamp, text, false) === 'duplicate') return null;
    try {
      book.update(read);
    } catch (error) {
      seen.forget(stream, text);
      throw error;
    }
    flushLater();
    return [product, null] as const;
  }

  /** All that follows a product keeps something of it, so their number has a bound. */
  function admit(product: string): void {
    if (products.has(product)) return;
    if (products.size >= maxProducts) {
      throw new LineProblem(
        `${maxProducts} products were taken, and ${product} is none of them`,
        'Send fewer products, or have --ingest-max-products raised.',
      );
    }
    products.add(product);
  }

  function isNew(stream: string, timestamp: number, text: string): boolean {
    const found = seen.look(stream, timestamp, text, true);
    if (found !== 'late') return found === 'new';
    throw new LineProblem(
      'is of an earlier time than what was taken of it',
      'Send a live feed in the order of time; a past is imported as a file (docs/import.md).',
    );
  }

  function flushLater(): void {
    if (flushing !== null || stopped) return;
    flushing = setTimeout(() => {
      flushing = null;
      publishing = flush();
    }, config.quoteMs);
  }

  /** Chains of the quotes since the last time; while consumers are behind, quotes go on being gathered. */
  async function flush(): Promise<void> {
    if (isBehind()) return flushLater();
    const chains = book.changed(clock.now());
    const outcomes = await Promise.allSettled(chains.map(publishChain));
    const failed = chains.filter((_, i) => outcomes[i].status === 'rejected');
    metrics.published.inc({ kind: 'chain' }, chains.length - failed.length);
    if (failed.length === 0) return;
    beginAnew();
    book.again(failed);
    flushLater();
    const first = outcomes.find((each) => each.status === 'rejected');
    warnPaced('quotes', 'ingest_publish_failed', { reason: reasonOf(first?.reason) });
  }

  return {
    async take(kind, lines, source) {
      if (stopped) throw new DeltaStreamError('stopped', 'ingest is stopping', { retryAfterSeconds: 1 });
      if (isBehind()) throw comeAgain('consumers of the bus are behind');
      const report = { accepted: 0, duplicates: 0, rejected: 0, dataset };
      const rejections: IngestReport['rejections'] = [];
      const batch: Promise<unknown>[] = [];
      const settle = async () => {
        const outcomes = await Promise.allSettled(batch.splice(0));
        const failed = outcomes.find((each) => each.status === 'rejected');
        if (failed === undefined) return;
        beginAnew();
        throw comeAgain(`the bus did not take a message: ${reasonOf(failed.reason)}`, failed.reason);
      };
      let turn = performance.now();
      try {
        for (const line of lines) {
          try {
            const taken = takeLine(kind, line, source);
            if (taken === null) report.duplicates++;
            else {
              const [product, publication] = taken;
              report.accepted++;
              paces.handled(product);
              // It may fail while lines are read; whoever awaits the batch is told.
              publication?.catch(() => {});
              if (publication) batch.push(publication);
            }
          } catch (error) {
            if (!(error instanceof LineProblem)) throw error;
            report.rejected++;
            if (rejections.length < config.rejectionsListed) {
              rejections.push({ line: line.line, reason: error.message, remedy: error.remedy });
            }
          }
          if (batch.length >= BATCH) await settle();
          if (performance.now() - turn < TURN_MS) continue;
          await nextTurn();
          turn = performance.now();
        }
      } finally {
        // Whatever ended the reading of the lines: what is under way is waited for.
        await settle();
        for (const outcome of ['accepted', 'duplicates', 'rejected'] as const) {
          metrics.lines.inc({ kind, outcome }, report[outcome]);
        }
        if (kind !== 'quotes') metrics.published.inc({ kind: kind.slice(0, -1) }, report.accepted);
      }
      return { ...report, rejections };
    },
    async stop() {
      stopped = true;
      if (flushing !== null) {
        clearTimeout(flushing);
        flushing = null;
        publishing = flush();
      }
      await publishing;
    },
  };
}
