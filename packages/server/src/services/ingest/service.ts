import type { SharedIntake } from '../../kit/ingest/shared-intake.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import type { Logger } from '../../kit/logging/log.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { TextChannels } from '../../ports/text-channels.ts';
import { takeChannels } from './channels.ts';
import { ingestRoutes } from './routes.ts';

export interface IngestPorts {
  readonly intake: SharedIntake;
  /** Of the operator's Redis; null where none is to be taken in. */
  readonly channels: TextChannels | null;
  readonly verifier?: TokenVerifier;
  readonly logger: Logger;
}

/** Takes quotes in JSON, by HTTP and from channels of a Redis, and publishes them as a feed does. */
export function createIngest(
  { intake, channels, verifier, logger }: IngestPorts,
  { stopTimeoutMs }: { readonly stopTimeoutMs?: number } = {},
): Service {
  const taking: { stop(): Promise<void> }[] = [];
  const lifecycle = createLifecycle({
    name: 'ingest',
    logger,
    stopTimeoutMs,
    async start() {
      if (channels !== null) taking.push(await takeChannels(channels, intake, logger));
    },
    async stop() {
      await Promise.all(taking.splice(0).map((each) => each.stop()));
      await intake.stop();
    },
  });
  return {
    name: 'ingest',
    metrics: intake.metrics,
    routes: ingestRoutes(intake, verifier),
    vitals: () => ({ products: intake.paces.list() }),
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem() ?? (channels === null ? null : channels.problem());
      return [{ name: 'ingest', ok: reason === null, reason }];
    },
  };
}
