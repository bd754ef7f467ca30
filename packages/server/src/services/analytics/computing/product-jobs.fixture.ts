import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Topic } from '@deltastream/contracts';
import { afterAll, afterEach, beforeEach } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import type { Service } from '../../../kit/lifecycle/service.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Queue } from '../../../ports/queue.ts';
import type { MarketStore } from '../../../ports/stores/market/market-store.ts';
import { createAnalytics } from '../service.ts';
import type { AnalyticsSettings } from '../settings.ts';

/** Long enough for a loaded machine to read the store for one plan before the next begins. */
export const INTERVAL_MS = 100;

interface Start {
  readonly intervalMs: number;
  readonly store: MarketStore;
  readonly staleMs: number;
  readonly settings: Partial<AnalyticsSettings>;
}

interface Ports {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly store: MarketStore;
}

/**
 * For each test of a suite a bus, queue and store that any number of services share, and what was published on a topic.
 *
 * @param interval the setting that says how often it is computed; nothing else is on its own
 */
export function productJobsStand<Result>(
  { name, frames }: Topic<Result>,
  interval: 'surfaceIntervalMs' | 'figuresIntervalMs',
) {
  const folder = mkdtempSync(join(tmpdir(), 'product-jobs-'));
  const published: Result[] = [];
  const services: Service[] = [];
  let ports: Ports;
  let run = 0;

  beforeEach(async () => {
    run += 1;
    ports = {
      bus: createMemoryBus(),
      queue: createMemoryQueue({ backoffUnitMs: 5 }),
      store: await createSqliteMarketStore({ folder: join(folder, String(run)), commitIntervalMs: 1 }),
    };
    published.length = 0;
    await ports.bus.follow(name, 'latest', ({ frame }) => published.push(frames.decode(frame)));
  });
  afterEach(async () => {
    await Promise.all(services.splice(0).map((each) => each.stop()));
    await Promise.all(Object.values(ports).map((each) => each.close()));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  return {
    published,
    get store() {
      return ports.store;
    },
    get queue() {
      return ports.queue;
    },
    /** @param intervalMs 0: on request only */
    async start({
      intervalMs = INTERVAL_MS,
      store = ports.store,
      staleMs = 0,
      settings = {},
    }: Partial<Start> = {}): Promise<Service> {
      const off = { surfaceIntervalMs: 0, figuresIntervalMs: 0 };
      const timing = { ...off, [interval]: intervalMs, surfaceStaleMs: staleMs, figuresStaleMs: staleMs };
      const service = createAnalytics({ ...ports, store, logger: silentLogger }, { ...timing, ...settings });
      services.push(service);
      await service.start();
      return service;
    },
    async get(service: Service, path: string, headers = {}): Promise<string> {
      const app = createHttpApp({ logger: silentLogger });
      if (service.routes) await app.register(service.routes);
      const answer = await app.inject({ url: `/api/analytics/${path}`, headers });
      await app.close();
      return answer.body;
    },
  };
}
