import { downloadExport, type StoredDataStatus, streamExport, uploadRecording } from '@deltastream/contracts';
import { auditCommands, createCommandAudit } from '../../kit/access/command-audit.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { LifecycleSettings } from '../../kit/lifecycle/lifecycle-settings.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger, silentLogger } from '../../kit/logging/log.ts';
import type { OpenPast } from '../../kit/past-order.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Bus } from '../../ports/bus.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Queue } from '../../ports/queue.ts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';
import { createDeadLetterDesk } from './bus/dead-letter-desk.ts';
import { deadLetterRoutes } from './bus/dead-letter-routes.ts';
import { logLevelRoute } from './bus/log-level-route.ts';
import { streamRoutes } from './bus/stream-routes.ts';
import { createWorkerDesk } from './bus/worker-desk.ts';
import { workerRoutes } from './bus/worker-routes.ts';
import { importRoutes } from './imports/import-routes.ts';
import { createImports, type ImportSettings, importFolder, RECORDING } from './imports/imports.ts';
import { createOperationsMetrics } from './metrics.ts';
import { createPastWriter } from './past-writer.ts';
import { createRecomputeDesk } from './recompute/recompute-desk.ts';
import { recomputeRoutes } from './recompute/recompute-routes.ts';
import {
  createNightlyReconciliation,
  type ReconciliationSettings,
} from './reconciliation/nightly-reconciliation.ts';
import { reconciliationRoutes } from './reconciliation/reconciliation-routes.ts';
import { createReplayDesk } from './replay/replay-desk.ts';
import { replayRoutes } from './replay/replay-routes.ts';
import type { ReplayFigures } from './replay/replay-source.ts';
import { storedDataRoutes } from './stored-data-routes.ts';
import { createFolderFiles } from './transfers/folder-files.ts';
import type { OpenRecording } from './transfers/open-recording.ts';
import { transferRoutes } from './transfers/transfer-routes.ts';
import { createTransfers, type TransferSettings } from './transfers/transfers.ts';

export interface OperationsPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Who is an administrator is asked here; without it there are no routes. */
  readonly verifier?: TokenVerifier;
  /** Without these two nothing is imported or exported. */
  readonly store?: MarketReader;
  readonly openRecording?: OpenRecording;
  /** Without it, or the store, no past of a synthetic market is written. */
  readonly openPast?: OpenPast;
  /** Computes the figures of what is recorded and played again; without it nothing is played again. */
  readonly replayFigures?: () => Promise<ReplayFigures>;
  /** Looks at what is stored; without it there is no route for it. */
  readonly storedData?: () => Promise<StoredDataStatus>;
}

const FOLDER_PROBLEMS = 'files are not imported; GET /api/admin/imports names them and the reasons';

/** What an operator looks at and orders: dead letters, consumers, imports, exports, the state of bus and queue. */
export function createOperations(
  ports: OperationsPorts,
  config?: TransferSettings &
    ImportSettings &
    ReconciliationSettings &
    Partial<LifecycleSettings> & { readonly maxGapMs?: number },
): Service {
  const {
    bus,
    queue,
    clock = systemClock,
    verifier,
    store,
    openRecording,
    openPast,
    storedData,
    replayFigures,
  } = ports;
  const logger = serviceLogger(ports.logger ?? silentLogger, 'operations');
  const commands = createCommandAudit({ bus, clock, logger, handledBy: 'operations' });
  const workers = createWorkerDesk({ bus, clock }, config?.beatMs);
  const transfers =
    store && openRecording && config ? createTransfers({ queue, store, logger, clock }, config) : null;
  const imports =
    store && openRecording && config
      ? createImports({ bus, queue, store, logger, openRecording, clock }, config)
      : null;
  const pasts = store && openPast && createPastWriter({ bus, queue, store, logger, openPast }, config ?? {});
  const metrics = createOperationsMetrics(bus, queue);
  const nightly =
    store && openRecording && config
      ? createNightlyReconciliation({ queue, store, clock, logger, openRecording, metrics }, config)
      : null;
  const replay =
    store && openRecording && replayFigures && config
      ? createReplayDesk({
          ...{ bus, store, clock, logger, figures: replayFigures },
          findRecording: createFolderFiles(importFolder(config.folder), RECORDING).find,
          openRecording: (path, signal) => openRecording(path, signal, {}),
          maxGapMs: config.maxGapMs ?? Number.POSITIVE_INFINITY,
        })
      : null;
  const lifecycle = createLifecycle({
    name: 'operations',
    logger: ports.logger ?? silentLogger,
    stopTimeoutMs: config?.stopTimeoutMs,
    async start() {
      await workers.start();
      await imports?.start();
      await transfers?.start();
      await pasts?.start();
      await nightly?.start();
      await replay?.start();
    },
    stop: () =>
      Promise.all([
        workers.stop(),
        imports?.stop(),
        transfers?.stop(),
        pasts?.stop(),
        nightly?.stop(),
        replay?.stop(),
        commands.stop(),
      ]),
  });
  return {
    name: 'operations',
    metrics,
    routes:
      verifier &&
      (async (app) => {
        auditCommands(app, {
          ...{ audit: commands, verifier, reads: [streamExport.url, downloadExport.url] },
          isPart: ({ routeOptions, body }) =>
            routeOptions.url === uploadRecording.url && (body as { complete?: boolean }).complete !== true,
        });
        await app.register(deadLetterRoutes(createDeadLetterDesk({ bus, queue })));
        await app.register(workerRoutes(workers));
        await app.register(logLevelRoute(bus));
        await app.register(streamRoutes(bus));
        if (imports) await app.register(importRoutes(imports));
        if (transfers) await app.register(transferRoutes(transfers));
        if (store) await app.register(recomputeRoutes(createRecomputeDesk(queue, store)));
        await app.register(reconciliationRoutes(nightly));
        if (replay) await app.register(replayRoutes(replay, verifier));
        if (storedData) await app.register(storedDataRoutes(storedData));
      }),
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem();
      const folder = imports?.importFolder();
      // Names of files are for administrators.
      const waits = folder && folder.problems.length > 0 ? FOLDER_PROBLEMS : null;
      return [
        { name: 'jobs', ok: reason === null, reason: reason ?? pasts?.progress() ?? null },
        ...(folder ? [{ name: 'import_folder', ok: true, reason: waits }] : []),
      ];
    },
  };
}
