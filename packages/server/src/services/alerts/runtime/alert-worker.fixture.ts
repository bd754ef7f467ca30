import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ALERT_FIRINGS,
  ENRICHED_CHAINS,
  type EnrichedChain,
  type PublishedFiring,
} from '@deltastream/contracts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createSqliteAlertStore } from '../../../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import type { Bus } from '../../../ports/bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { StoredFiring } from '../../../ports/stores/alerts/alert-records.ts';
import { alertRule, firing } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { enrichedChain } from '../../socket-gateway/testing/enriched.fixture.ts';
import { createAlertMetrics } from './alert-metrics.ts';
import { type AlertWorker, createAlertWorker } from './alert-worker.ts';
import type { PartitionEvaluator } from './partition/partition-evaluator.ts';
import { ALERT_RUNTIME, type RuntimeSettings } from './runtime-settings.ts';

const EXPIRY = '2026-12-03';
/** Of a product, one firing. */
export const FIRES_EACH = 3;

/**
 * An evaluator whose result shows every chain that was left out, judged twice or out of order: it counts the chains of a
 * product, and fires with the count at every third.
 */
function createCountingEvaluator(): PartitionEvaluator {
  const counts = new Map<string, number>();
  return {
    restore(memories) {
      for (const { product, state } of memories) counts.set(product, Number(state));
    },
    looksAt: () => true,
    prepare: () => null,
    figures: () => {},
    chain({ product, epoch, seq, timestamp }) {
      const count = (counts.get(product) ?? 0) + 1;
      counts.set(product, count);
      const memory = { ruleId: 'r1', ruleVersion: 1, product, expiry: '', state: String(count) };
      const id = `${product} ${epoch} ${seq}`;
      const fired = { product, expiry: EXPIRY, at: timestamp, message: String(count) };
      return {
        memories: [memory],
        firings: count % FIRES_EACH === 0 ? [firing(id, fired)] : [],
        expired: [],
      };
    },
  };
}

/** Workers on one bus and one store in a file, each of which can be killed. */
export async function createWorkerHarness(
  settings: Partial<RuntimeSettings> = {},
  bus: Bus = createMemoryBus({ historyLength: 100_000 }),
) {
  const folder = mkdtempSync(join(tmpdir(), 'alert-worker-'));
  const store = await createSqliteAlertStore({ file: join(folder, 'alerts.db') });
  const workers = new Set<AlertWorker>();
  const published: PublishedFiring[] = [];
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => lines.push(line) });
  /** By method, how often workers called the store. */
  const calls: Partial<Record<keyof AlertStore, number>> = {};
  let beforeCommit: () => Promise<void> = async () => {};
  await store.createRules([alertRule()], 10);
  await bus.follow(ALERT_FIRINGS.name, 'latest', ({ frame }) => {
    published.push(ALERT_FIRINGS.frames.decode(frame));
  });

  async function start(holder: string, on: Bus = bus) {
    let killed = false;
    const metrics = createAlertMetrics();
    const unlessKilled: AlertStore = new Proxy(store, {
      get(target, name) {
        if (killed) return () => Promise.reject(new Error('killed'));
        calls[name as keyof AlertStore] = (calls[name as keyof AlertStore] ?? 0) + 1;
        if (name !== 'commit') return Reflect.get(target, name);
        return async (...given: Parameters<AlertStore['commit']>) => {
          await beforeCommit();
          return store.commit(...given);
        };
      },
    });
    const worker = createAlertWorker({
      ...{ bus: on, store: unlessKilled, clock: systemClock, logger, metrics, holder },
      rules: { put: () => null, remove: () => {} },
      isSuspended: () => false,
      evaluator: createCountingEvaluator,
      onFired: () => {},
      dataset: null,
      settings: { ...ALERT_RUNTIME.defaults, positionMs: 50, orderWaitMs: 10_000, ...settings },
    });
    workers.add(worker);
    const stopping = new AbortController();
    await worker.start(stopping.signal);
    const stop = async (leftMs = 5_000) => {
      workers.delete(worker);
      stopping.abort();
      await worker.stop(leftMs);
    };
    return {
      worker,
      stop,
      /** How many partitions it holds. */
      held: async () =>
        (await metrics.registry.getSingleMetric('deltastream_alerts_partitions')?.get())?.values[0].value,
      /** Nothing that it does from now on is kept, as of a process that is gone. */
      async kill() {
        killed = true;
        await stop(0);
      },
    };
  }

  return {
    bus,
    store,
    published,
    lines,
    calls,
    start,
    /** Commits wait from now on, until they may go on; `begun` resolves with the first of them. */
    holdCommits() {
      const begun = Promise.withResolvers<void>();
      const wait = Promise.withResolvers<void>();
      beforeCommit = () => {
        begun.resolve();
        return wait.promise;
      };
      return { begun: begun.promise, goOn: wait.resolve };
    },
    /** Commits fail from now on, until they may succeed. */
    failCommits() {
      beforeCommit = () => Promise.reject(new Error('the store is away'));
      return () => {
        beforeCommit = async () => {};
      };
    },
    publish: (product: string, seq: number, given: Partial<EnrichedChain> = {}) =>
      bus.publish(
        ENRICHED_CHAINS.name,
        ENRICHED_CHAINS.frames.encode(enrichedChain(product, EXPIRY, seq, { epoch: 'a', ...given })),
      ),
    async firings(): Promise<StoredFiring[]> {
      const all = await store.firings({
        owner: 'u1',
        fromMs: 0,
        toMs: Number.MAX_SAFE_INTEGER,
        limit: 10_000,
      });
      return all.toReversed();
    },
    async close() {
      for (const worker of workers) await worker.stop(0);
      await bus.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
