import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { auditCommands, createCommandAudit } from '../../kit/access/command-audit.ts';
import { within } from '../../kit/lifecycle/bounded-wait.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Bus, Consumer } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from '../../ports/stores/logs/log-store.ts';
import { alertRoutes } from './alerts/alert-routes.ts';
import { alertStatesIn } from './alerts/kept-states.ts';
import { createLogAlerts } from './alerts/log-alerts.ts';
import { openStoredRules, rulesOfFile } from './alerts/rules.ts';
import { logIngestRoutes } from './ingest/routes.ts';
import { lokiRoutes } from './loki/loki-routes.ts';
import { lokiTailRoute } from './loki/tail-route.ts';
import { logRoutes } from './queries/routes.ts';
import { LOGGING, type LoggingSettings } from './settings.ts';
import { LOG_SHIPPING, type ShipSettings } from './ship/ship-settings.ts';
import { createShipper } from './ship/shipper.ts';
import { createLogTail } from './tail/log-tail.ts';
import { tailRoutes } from './tail/tail-routes.ts';
import { consumeLogs } from './topic/log-topic.ts';
import { createTakenLines } from './topic/taken-lines.ts';
import { createLogWriter } from './writing/log-writer.ts';
import { watchedStore } from './writing/watched-store.ts';

export interface LoggingPorts {
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who may read the logs is asked here; without it they cannot be read over HTTP at all. */
  readonly verifier?: TokenVerifier;
  /** Where other processes send their lines; without it only those of this process are stored. */
  readonly bus?: Pick<Bus, 'consume' | 'follow' | 'publish'>;
}

export interface LoggingConfig extends LoggingSettings {
  readonly shipping: Partial<ShipSettings>;
  /** Where it keeps what is its own, beside the store: entries that wait for targets, and rules. */
  readonly folder: string;
}

export type LoggingService = Service & Required<Pick<Service, 'logSink'>>;

/** Stores what the services log and lets administrators read it. */
export function createLogging(ports: LoggingPorts, config: Partial<LoggingConfig> = {}): LoggingService {
  const { clock, verifier, bus } = ports;
  const settings = { ...LOGGING.defaults, ...config };
  const logger = serviceLogger(ports.logger, 'logging');
  const logs = watchedStore(ports.logs, () => ({ tail, alerts, shipper }));
  const writer = createLogWriter({ logs, clock, logger, settings });
  const tail = createLogTail({ clock, metrics: writer.metrics, settings });
  const { folder = null } = config;
  const shipper =
    folder === null
      ? null
      : createShipper({
          ...{ clock, logger, registry: writer.metrics.registry },
          settings: { ...LOG_SHIPPING.defaults, ...config.shipping },
          folder: join(folder, 'ship'),
        });
  const alerts =
    folder === null
      ? null
      : createLogAlerts({
          ...{ clock, logger, bus, settings, registry: writer.metrics.registry },
          fileRules: settings.logAlerts === undefined ? [] : rulesOfFile(settings.logAlerts),
          stored: openStoredRules(join(folder, 'alerts.json')),
          ...{ logs: ports.logs, states: alertStatesIn(join(folder, 'alert-states.json')) },
        });
  const consumers: Pick<Consumer, 'stop'>[] = [];
  const commands = bus && createCommandAudit({ bus, clock, logger, handledBy: 'logging' });
  const auditOf = (app: FastifyInstance, by: TokenVerifier) =>
    commands && auditCommands(app, { audit: commands, verifier: by });
  const lifecycle = createLifecycle({
    name: 'logging',
    logger: ports.logger,
    stopTimeoutMs: settings.stopTimeoutMs,
    async start() {
      await shipper?.start();
      await alerts?.start();
      writer.start();
      if (bus) {
        const { missing } = writer.metrics;
        const taken = await createTakenLines({ bus, waitMs: settings.missingWaitMs, onMissing: missing });
        consumers.push(taken);
        consumers.push(await consumeLogs({ bus, writer, taken }));
      }
    },
    async stop(leftMs) {
      const ended = Promise.all(consumers.splice(0).map((consumer) => consumer.stop()));
      await within(leftMs / 3, ended, () => undefined);
      await writer.stop(leftMs / 3);
      tail.end();
      await commands?.stop();
      await within(leftMs / 6, alerts?.stop() ?? Promise.resolve(), () => undefined);
      await shipper?.stop(leftMs / 6);
    },
  });
  return {
    name: 'logging',
    logSink: writer.sink,
    metrics: writer.metrics.registry,
    routes:
      verifier &&
      (async (app) => {
        await app.register(logRoutes(logs, settings));
        await app.register(tailRoutes(tail));
        if (alerts !== null) await app.register(alertRoutes(alerts, (on) => auditOf(on, verifier)));
        await app.register(lokiRoutes({ logs, clock, settings }));
        await app.register(lokiTailRoute({ logs, tail, clock, metrics: writer.metrics, settings }));
        await app.register(logIngestRoutes({ logs, clock, metrics: writer.metrics, settings }));
      }),
    ...(shipper && { vitals: () => ({ log_targets: shipper.vitals() }) }),
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem() ?? logs.problem() ?? writer.failure();
      return [{ name: 'log_store', ok: reason === null, reason }];
    },
  };
}
