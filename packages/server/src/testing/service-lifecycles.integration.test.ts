import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createFileLogStore } from '../adapters/log-files/log-store-files.ts';
import { createMemoryCache } from '../adapters/memory/cache/cache-memory.ts';
import { createMemoryUserStore } from '../adapters/memory/user-store/user-store-memory.ts';
import { createSqliteAlertStore } from '../adapters/sqlite/alert-store/alert-store-sqlite.ts';
import { createSqliteMarketStore } from '../adapters/sqlite/market-store/market-store-sqlite.ts';
import { DeltaStreamError } from '../kit/errors.ts';
import { INGEST } from '../kit/ingest/ingest-settings.ts';
import { shareIntake } from '../kit/ingest/shared-intake.ts';
import { type ContractPorts, serviceContract } from '../kit/lifecycle/service.contract.ts';
import { SERVICE_NAMES, type Service, type ServiceName } from '../kit/lifecycle/service.ts';
import type { AlertStore } from '../ports/stores/alerts/alert-store.ts';
import type { LogStore } from '../ports/stores/logs/log-store.ts';
import type { MarketStore } from '../ports/stores/market/market-store.ts';
import type { TextChannels } from '../ports/text-channels.ts';
import { ALERT_DELIVERY } from '../services/alerts/delivery/settings.ts';
import { ALERT_RULES } from '../services/alerts/rules/rule-settings.ts';
import { ALERT_RUNTIME } from '../services/alerts/runtime/runtime-settings.ts';
import { createAlerts } from '../services/alerts/service.ts';
import { createAnalytics } from '../services/analytics/service.ts';
import { createAuth } from '../services/auth/service.ts';
import { createEnricher } from '../services/enricher/service.ts';
import { createFeed } from '../services/feed/service.ts';
import { NO_LIMIT } from '../services/gateway/gateway.fixture.ts';
import { createGateway } from '../services/gateway/service.ts';
import { createIngest } from '../services/ingest/service.ts';
import { createLogging } from '../services/logging/service.ts';
import { createMirror } from '../services/mirror/service.ts';
import { createOperations } from '../services/operations/service.ts';
import { createSocketGateway } from '../services/socket-gateway/service.ts';
import { createStorage } from '../services/storage/service.ts';

const folder = mkdtempSync(join(tmpdir(), 'lifecycles-'));
const taken = createServer();
let takenPort: number;
let store: MarketStore;
let logs: LogStore;
let alertStore: AlertStore;
beforeAll(async () => {
  store = await createSqliteMarketStore({ folder });
  logs = await createFileLogStore({ folder: join(folder, 'logs') });
  alertStore = await createSqliteAlertStore({ file: join(folder, 'alerts.db') });
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  takenPort = (taken.address() as { port: number }).port;
});
afterAll(async () => {
  taken.close();
  await Promise.all([store.close(), logs.close(), alertStore.close()]);
  rmSync(folder, { recursive: true });
});

/** Every service as it is made where it is alone. */
const OPEN: Readonly<Record<ServiceName, (ports: ContractPorts) => Service | Promise<Service>>> = {
  alerts: (ports) =>
    createAlerts(
      { ...ports, store: alertStore, marketReader: store },
      {
        ...{ stopTimeoutMs: 5_000, runtime: ALERT_RUNTIME.defaults, delivery: ALERT_DELIVERY.defaults },
        rules: ALERT_RULES.defaults,
        ...{ secretFile: join(folder, 'alerts-key.json'), dataset: null, folder },
      },
    ),
  analytics: (ports) => createAnalytics({ ...ports, store }),
  auth: (ports) =>
    createAuth({ ...ports, users: createMemoryUserStore() }, { keyFile: join(folder, 'key.json') }),
  enricher: (ports) => createEnricher(ports),
  feed: ({ failing, ...ports }) =>
    createFeed(ports, { source: failing ? { kind: 'replay', path: '/nowhere/nifty.csv' } : SYNTHETIC }),
  gateway: ({ failing, logger }) =>
    createGateway(
      { upstreams: [], limiter: NO_LIMIT, logger },
      { host: '127.0.0.1', port: failing ? takenPort : 0, webFolder: '/nonexistent', version: '1.2.3' },
    ),
  ingest: ({ bus, clock, logger, failing }) =>
    createIngest({
      intake: shareIntake({ bus, clock, logger }, { ...INGEST.defaults, dataset: 'recorded' }, null),
      channels: failing ? UNREACHABLE : null,
      logger,
    }),
  logging: (ports) => createLogging({ ...ports, logs }),
  mirror: ({ bus, logger }) => createMirror({ bus, channels: UNREACHABLE, logger }, { dataset: 'recorded' }),
  operations: (ports) => createOperations({ ...ports }),
  'socket-gateway': (ports) => createSocketGateway(ports),
  storage: (ports) => createStorage({ ...ports, store, cache: createMemoryCache() }),
};

/** Of a Redis that is not there. */
const UNREACHABLE: TextChannels = {
  subscribe: async () => Promise.reject(new DeltaStreamError('unavailable', 'cannot reach Redis')),
  send: async () => {},
  problem: () => null,
  close: async () => {},
};

const SYNTHETIC = { kind: 'synthetic', products: ['NIFTY'] } as const;

const OPTIONS: Partial<Record<ServiceName, Parameters<typeof serviceContract>[2]>> = {
  auth: { failsAt: 1 },
  logging: { cannotFail: true },
  operations: { failsAt: 1 },
};

for (const name of SERVICE_NAMES) serviceContract(name, OPEN[name], OPTIONS[name]);
