import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import type { FastifyPluginAsync } from 'fastify';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { PlatformWatch } from '../../kit/health/platform-watch.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createPacedWarning } from '../../kit/logging/paced-warning.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Queue } from '../../ports/queue.ts';
import type { StoredFiring } from '../../ports/stores/alerts/alert-records.ts';
import type { AlertStore } from '../../ports/stores/alerts/alert-store.ts';
import type { MarketReader } from '../../ports/stores/market/market-store.ts';
import { createAccountWatch } from './accounts/account-watch.ts';
import type { AlertsConfig } from './alerts-config.ts';
import { channelRoutes } from './channels/channel-routes.ts';
import { type Channels, createChannels } from './channels/channels.ts';
import { openAlertSecrets } from './delivery/secrets/alert-secrets.ts';
import { createDelivery, type Delivery } from './delivery/sending/delivery.ts';
import { createSenders, destinationRule, type Senders } from './delivery/sending/senders.ts';
import { createEvaluator, type Evaluator } from './evaluation/evaluator.ts';
import { createRuleSet } from './evaluation/rules/rule-set.ts';
import { PARTITIONS, PLATFORM_PARTITION } from './intake/partitions.ts';
import { defaultRules } from './platform/default-rules.ts';
import { createPlatformWatcher } from './platform/platform-watcher.ts';
import { ruleRoutes } from './rules/rule-routes.ts';
import { byProductAndExpiry, type Standings, standingRoutes } from './rules/standing-routes.ts';
import { ruleTestRoutes } from './rules/test-routes.ts';
import { createAlertMetrics } from './runtime/alert-metrics.ts';
import { createAlertWorker } from './runtime/alert-worker.ts';
import { createSweep } from './runtime/sweep.ts';

export interface AlertsPorts {
  readonly store: AlertStore;
  readonly bus: Bus;
  readonly queue: Queue;
  readonly marketReader: MarketReader;
  /** Without it rules about the platform are judged by what this process knows alone. */
  readonly platform?: PlatformWatch;
  readonly verifier?: TokenVerifier;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Rules of the platform that a store begins with are made once: who keeps this name first makes them. */
const DEFAULTS_MADE = 'default rules';

/** Evaluates rules on the enriched streams, tells what fired, and delivers it. See README.md for the guarantees. */
export function createAlerts(ports: AlertsPorts, config: AlertsConfig): Service {
  const { store, bus, queue, clock, verifier, marketReader } = ports;
  const logger = serviceLogger(ports.logger, 'alerts');
  const warnPaced = createPacedWarning(logger);
  const metrics = createAlertMetrics();
  const rules = createRuleSet();
  const targets = destinationRule(config.delivery);
  const evaluators = new Map<number, Evaluator>();
  let delivery: Delivery | null = null;
  let senders: Senders | null = null;
  let channels: Channels | null = null;

  const worker = createAlertWorker({
    ...{ bus, store, clock, logger, metrics, rules, dataset: config.dataset, settings: config.runtime },
    // In a data folder, which is locked, the one before is gone: what it held is taken up at once.
    holder: config.folder === null ? `${hostname()}-${pid}-${randomUUID().slice(0, 8)}` : 'data-folder',
    evaluator(partition) {
      const evaluator = createEvaluator({ rules, settleMs: config.runtime.settleMs });
      evaluators.set(partition, evaluator);
      return {
        restore: evaluator.restore,
        looksAt: rules.looksAt,
        prepare: (product, atMs) => evaluator.prepare(product, atMs, marketReader),
        figures: evaluator.figures,
        chain: evaluator.chain,
      };
    },
    isSuspended: (owner) => accounts.isSuspended(owner),
    onReleased: (partition) => void evaluators.delete(partition),
    onMissing: (product, messages) => watcher.noteMissing(product, messages),
    onFired: fired,
  });

  const watcher = createPlatformWatcher({
    ...{ bus, clock, warnPaced, folder: config.folder, checkMs: config.runtime.platformMs },
    status: ports.platform === undefined ? null : ports.platform.status,
    observe(observation) {
      const evaluator = evaluators.get(PLATFORM_PARTITION);
      if (evaluator === undefined) return false;
      return worker.add(PLATFORM_PARTITION, evaluator.part(observation));
    },
    onMalformed(topic, position, reason) {
      metrics.malformed.inc({ topic });
      warnPaced(topic, 'alert_message_left_out', { topic, position, reason });
    },
  });

  const accounts = createAccountWatch({
    ...{ bus, store, clock, logger, settings: config.runtime },
    onChanged: worker.ownerChanged,
  });

  const sweep = createSweep({ store, clock, logger, settings: config.runtime });

  function fired(firings: readonly StoredFiring[]): void {
    for (const { id, ruleId, rule, product, expiry, severity } of firings) {
      logger.event('alert_fired', { firing_id: id, rule_id: ruleId, rule, product, expiry, severity });
    }
    delivery?.wake();
  }

  async function makeDefaultRules(): Promise<void> {
    const own = randomUUID();
    if ((await store.keep(DEFAULTS_MADE, own)) !== own) return;
    const made = defaultRules(clock.now());
    await store.createRules(made, made.length);
  }

  const lifecycle = createLifecycle({
    name: 'alerts',
    logger: ports.logger,
    stopTimeoutMs: config.stopTimeoutMs,
    async start(stopping) {
      await makeDefaultRules();
      const secrets = await openAlertSecrets({
        ...{ secret: config.delivery.secret, file: config.secretFile, store },
      });
      senders = createSenders({ settings: config.delivery, rule: targets, vapid: secrets.vapid, clock });
      delivery = createDelivery({
        ...{ store, queue, senders, secrets, settings: config.delivery, clock, logger },
        registry: metrics.registry,
        isSuspended: accounts.isSuspended,
      });
      channels = createChannels({
        ...{ store, secrets, delivery, settings: config.delivery, clock },
        targets: { destinations: targets, hasMail: config.delivery.smtp !== undefined },
      });
      await accounts.start();
      await delivery.start();
      await worker.start(stopping);
      await watcher.start();
      sweep.start();
    },
    async stop(leftMs) {
      sweep.stop();
      await accounts.stop();
      await watcher.stop();
      await worker.stop(leftMs / 2);
      await delivery?.stop(leftMs / 2);
      await senders?.close();
    },
  });

  const channelsNow = (): Channels => {
    if (channels !== null) return channels;
    throw new DeltaStreamError('unavailable', 'the alerts service is starting');
  };
  const standings: Standings = {
    of: (ruleId, query) =>
      [...evaluators.values()]
        .flatMap((each) => each.standings(ruleId, query))
        .sort(byProductAndExpiry)
        .slice(0, query.limit),
    isComplete: () => evaluators.size === PARTITIONS,
  };
  const routes: FastifyPluginAsync = async (app) => {
    const onChanged = worker.rulesChanged;
    await app.register(ruleRoutes({ store, settings: config.rules, clock, onChanged }, verifier));
    await app.register(standingRoutes({ store, standings }, verifier));
    const { stopping } = lifecycle;
    await app.register(
      ruleTestRoutes({ reader: marketReader, settings: config.runtime, stopping }, verifier),
    );
    await app.register(channelRoutes(channelsNow, verifier));
  };

  return {
    name: 'alerts',
    metrics: metrics.registry,
    routes,
    start: lifecycle.start,
    stop: lifecycle.stop,
    async ready() {
      const reason = lifecycle.problem() ?? worker.problem();
      const sending = delivery?.problem() ?? null;
      return [
        // What it missed is no reason to take it out of service, but to look.
        { name: 'alerts', ok: reason === null, reason: reason ?? worker.resumeGap() },
        { name: 'delivery', ok: sending === null, reason: sending },
      ];
    },
  };
}
