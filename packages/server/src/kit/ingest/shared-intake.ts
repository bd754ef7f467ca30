import type { IngestReport, LineKind } from '@deltastream/contracts';
import type { Registry } from 'prom-client';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { DeltaStreamError } from '../errors.ts';
import { createProductPaces, type ProductPaces } from '../health/product-pace.ts';
import type { Logger } from '../logging/log.ts';
import { createIngestMetrics, type IngestMetrics } from './ingest-metrics.ts';
import type { Intake, IntakeConfig } from './intake.ts';
import type { Line } from './lines.ts';

/**
 * The intake of a process, one for all ways in, as there is one numbering. Its code is loaded by the first that sends: most
 * processes take nothing.
 */
export interface SharedIntake {
  /** Rejects as `Intake.take`, and with `ingest_refused` where this platform takes nothing. */
  take(kind: LineKind, lines: Iterable<Line>, source: string): Promise<IngestReport>;
  /** Does the work of a body within the number of those that may be worked on; rejects with `unavailable` beyond. */
  admit<T>(work: () => Promise<T>): Promise<T>;
  readonly config: IntakeConfig;
  readonly metrics: Registry;
  readonly counts: IngestMetrics;
  readonly paces: ProductPaces;
  stop(): Promise<void>;
}

export interface SharedIntakeParts {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** @param refusal why nothing is taken here; null where it is */
export function shareIntake(
  parts: SharedIntakeParts,
  config: IntakeConfig,
  refusal: string | null,
): SharedIntake {
  const counts = createIngestMetrics();
  const paces = createProductPaces();
  let opening: Promise<Intake> | null = null;
  let working = 0;

  const open = async () => {
    const { createIntake } = await import('./intake.ts');
    return createIntake({ ...parts, metrics: counts, paces }, config);
  };

  return {
    ...{ config, counts, paces, metrics: counts.registry },
    async take(kind, lines, source) {
      if (refusal !== null) {
        counts.refused.inc({ reason: 'ingest_refused' });
        throw new DeltaStreamError('ingest_refused', refusal);
      }
      opening ??= open();
      return (await opening).take(kind, lines, source);
    },
    async admit(work) {
      if (working >= config.maxBodies) {
        counts.refused.inc({ reason: 'busy' });
        throw new DeltaStreamError('unavailable', `${working} bodies are worked on, and no more`, {
          retryAfterSeconds: config.refusedSeconds,
        });
      }
      working++;
      try {
        return await work();
      } finally {
        working--;
      }
    },
    stop: async () => (await opening)?.stop(),
  };
}
