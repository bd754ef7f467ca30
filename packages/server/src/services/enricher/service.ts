import {
  createColumnMemory,
  ENRICHED_CHAINS,
  ENRICHED_TICKS,
  isoTime,
  MARKET_CHAINS,
  MARKET_TICKS,
  PAST_ENRICHED_CHAINS,
  PAST_ENRICHED_TICKS,
  PAST_MARKET_CHAINS,
  PAST_MARKET_TICKS,
  type RawChain,
} from '@deltastream/contracts';
import { isPermanent, malformedMessage, reasonOf } from '../../kit/errors.ts';
import { createMeter } from '../../kit/health/meter.ts';
import { createProductPaces } from '../../kit/health/product-pace.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { LifecycleSettings } from '../../kit/lifecycle/lifecycle-settings.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { createWorkerControl, type MarketSchedule } from '../../kit/lifecycle/worker-control.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { Bus, Consumer, Delivery } from '../../ports/bus.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Queue, QueueWorker } from '../../ports/queue.ts';
import { createChainEnricher } from './chain/enrich-chain.ts';
import { enrichTick } from './enrich-tick.ts';
import type { RateSettings } from './rate.ts';
import { DEFAULT_CONCURRENCY } from './settings.ts';

export interface EnricherPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly logger: Logger;
  /** By which a schedule opens and closes. */
  readonly clock?: Clock;
}

export interface EnricherConfig extends RateSettings, Partial<LifecycleSettings> {
  /** Chains processed concurrently; the work itself is synchronous, so this bounds publishing. */
  readonly concurrency?: number;
  /** Takes the place of `concurrency`. */
  readonly schedule?: MarketSchedule;
}

/** Names of the jobs in which a failed message is tried again. */
export const RETRY_JOBS = {
  chain: 'enrich-chain',
  tick: 'enrich-tick',
  past_chain: 'enrich-past-chain',
  past_tick: 'enrich-past-tick',
} as const;
type Kind = keyof typeof RETRY_JOBS;

const GROUP = 'enricher';

/**
 * Turns market:* into enriched:*. Holds no state: any number of enrichers may share the group, and a
 * message handled twice gives the same message twice. A malformed message goes to the dead letters with
 * its reason; any other failure becomes a job that is retried with backoff.
 */
export function createEnricher(
  { bus, queue, clock = systemClock, logger: root }: EnricherPorts,
  config: EnricherConfig = {},
): Service {
  const logger = serviceLogger(root, 'enricher');
  const warnPaced = createPacedWarning(logger);
  const { registry: metrics, counter, histogram } = createMeter('enricher');
  const enriched = counter('messages_total', 'Messages by kind and outcome', 'kind', 'outcome');
  const seconds = histogram(
    'chain_seconds',
    'Time to decode, enrich and encode one chain',
    [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01],
  );
  const paces = createProductPaces();
  // A chain is decoded, enriched and encoded in one turn, so every chain's columns lie where those before it lay.
  const rawMemory = createColumnMemory();
  const enrichChain = createChainEnricher({ rate: config.rate, curves: config.curves }, createColumnMemory());
  const retrying: QueueWorker[] = [];
  const consuming: Consumer[] = [];
  const control = createWorkerControl(
    { bus, clock, logger },
    {
      service: 'enricher',
      concurrency: config.concurrency ?? DEFAULT_CONCURRENCY,
      schedule: config.schedule,
      beatMs: config.beatMs,
      finalStateTimeoutMs: config.finalStateTimeoutMs,
      apply: (next) => {
        for (const consumer of consuming) consumer.setConcurrency(next);
      },
    },
  );
  const chainsTo =
    (kind: Kind, { name, frames }: typeof ENRICHED_CHAINS | typeof PAST_ENRICHED_CHAINS) =>
    async (frame: Uint8Array) => {
      const begun = performance.now();
      const raw = orMalformed(MARKET_CHAINS.name, () => MARKET_CHAINS.frames.decode(frame, rawMemory));
      const told = logger.keeps('debug') ? chainFields(raw) : null;
      if (told) logger.event('chain_processing_started', told);
      const out = frames.encode(enrichChain(raw), frame);
      seconds.observe((performance.now() - begun) / 1000);
      await bus.publish(name, out);
      if (told) logger.event('chain_processing_completed', { ...told, ms: performance.now() - begun });
      enriched.inc({ kind, outcome: 'ok' });
      // How fast the past is written says nothing of the present.
      if (kind === 'chain') paces.handled(raw.product);
    };

  const ticksTo =
    (kind: Kind, { name, frames }: typeof ENRICHED_TICKS | typeof PAST_ENRICHED_TICKS) =>
    async (frame: Uint8Array) => {
      const raw = orMalformed(MARKET_TICKS.name, () => MARKET_TICKS.frames.decode(frame));
      await bus.publish(name, frames.encode(enrichTick(raw)));
      enriched.inc({ kind, outcome: 'ok' });
      if (kind === 'tick') paces.handled(raw.product);
    };

  const streams: readonly (readonly [
    Kind,
    { readonly name: string },
    (frame: Uint8Array) => Promise<void>,
  ])[] = [
    ['chain', MARKET_CHAINS, chainsTo('chain', ENRICHED_CHAINS)],
    ['tick', MARKET_TICKS, ticksTo('tick', ENRICHED_TICKS)],
    ['past_chain', PAST_MARKET_CHAINS, chainsTo('past_chain', PAST_ENRICHED_CHAINS)],
    ['past_tick', PAST_MARKET_TICKS, ticksTo('past_tick', PAST_ENRICHED_TICKS)],
  ];

  const orRetry = (kind: Kind, handle: (frame: Uint8Array) => Promise<void>) => {
    return async ({ frame, position }: Delivery) => {
      try {
        await handle(frame);
      } catch (error) {
        const outcome = isPermanent(error) ? 'malformed' : 'retried';
        enriched.inc({ kind, outcome });
        warnPaced(`${kind} ${outcome}`, 'enrichment_failed', {
          kind,
          position,
          outcome,
          reason: reasonOf(error),
        });
        if (isPermanent(error)) throw error;
        await queue.add(RETRY_JOBS[kind], frame);
      }
    };
  };

  const lifecycle = createLifecycle({
    name: 'enricher',
    logger: root,
    stopTimeoutMs: config.stopTimeoutMs,
    async start() {
      const concurrency = control.concurrency();
      for (const [kind, , handle] of streams) {
        retrying.push(await queue.process(RETRY_JOBS[kind], ({ payload }) => handle(payload)));
      }
      for (const [kind, { name }, handle] of streams) {
        consuming.push(await bus.consume(name, GROUP, orRetry(kind, handle), { concurrency }));
      }
      await control.start();
    },
    async stop() {
      const parts = [...consuming.splice(0), ...retrying.splice(0), control];
      await Promise.all(parts.map((part) => part.stop()));
    },
  });

  return {
    name: 'enricher',
    metrics,
    vitals: () => ({ products: paces.list() }),
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem();
      return [{ name: 'consuming', ok: reason === null, reason }];
    },
  };
}

function orMalformed<T>(topic: string, decode: () => T): T {
  try {
    return decode();
  } catch (cause) {
    throw malformedMessage(topic, cause);
  }
}

const chainFields = ({ product, expiry, timestamp }: RawChain) => ({
  product,
  expiry,
  of: isoTime(timestamp),
});
