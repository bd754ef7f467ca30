import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ENRICHED_CHAINS, ENRICHED_FIGURES } from '@deltastream/contracts';
import type { FormerLogs } from './adapters/log-files/former/import-former.ts';
import { LOG_STORE } from './adapters/log-files/settings.ts';
import { BUS } from './adapters/memory/bus/bus-settings.ts';
import { MONGO } from './adapters/mongo/settings.ts';
import { POSTGRES } from './adapters/postgres/settings.ts';
import { REDIS_BUS } from './adapters/redis/bus/settings.ts';
import { BULL_QUEUE, QUEUE } from './adapters/redis/queue/settings.ts';
import { CACHE, LIMITER, REDIS } from './adapters/redis/settings.ts';
import { RETENTION } from './adapters/retention-settings.ts';
import { ALERT_STORE, SQLITE_STORE, THREADS, USER_STORE } from './adapters/sqlite/settings.ts';
import { type Logger, serviceLogger, silentLogger } from './kit/logging/log.ts';
import type { Bus } from './ports/bus.ts';
import type { Cache } from './ports/cache.ts';
import type { Queue } from './ports/queue.ts';
import type { RateLimiter } from './ports/rate-limiter.ts';
import type { AlertStore } from './ports/stores/alerts/alert-store.ts';
import type { LogStore } from './ports/stores/logs/log-store.ts';
import type { MarketReader, MarketStore } from './ports/stores/market/market-store.ts';
import type { UserStore } from './ports/stores/users/user-store.ts';
import type { TextChannels } from './ports/text-channels.ts';
import { overflowOf, type Settings } from './settings/compose.ts';
import { datasetOf, isShared } from './settings/places.ts';
import { masked } from './settings/read.ts';

/** Every port a service may ask for. */
export interface Ports {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly cache: Cache;
  readonly rateLimiter: RateLimiter;
  readonly marketStore: MarketStore;
  readonly marketReader: MarketReader & { close(): Promise<void> };
  readonly users: UserStore;
  readonly alertStore: AlertStore;
  readonly logs: LogStore;
  /** Of the Redis whose messages are taken in; without one there are none. */
  readonly ingestChannels: OptionalChannels;
  /** Of the Redis that results are shown on; without one there are none. */
  readonly mirrorChannels: OptionalChannels;
}

/** Channels of a server, where the settings name one. */
export interface OptionalChannels {
  readonly channels: TextChannels | null;
  close(): Promise<void>;
}

export type PortName = keyof Ports;

type Openers = {
  readonly [Name in PortName]: (
    settings: Settings,
    opened: Partial<Ports>,
    logger: Logger,
  ) => Ports[Name] | Promise<Ports[Name]>;
};

/** Followed by alerts from positions that they kept, also by a process that takes over. */
const RESUMED_TOPICS = [ENRICHED_CHAINS.name, ENRICHED_FIGURES.name];

/** Adapters by what the settings say: in this process, or on a server. An adapter is loaded when it is chosen. */
const EMBEDDED_OR_REDIS: Openers = {
  async bus(settings, _opened, logger) {
    const part = { ...BUS.of(settings), overflow: overflowOf(settings) };
    if (!isShared(settings.bus)) {
      return (await import('./adapters/memory/bus/bus-memory.ts')).createMemoryBus(part);
    }
    const { createRedisBus } = await import('./adapters/redis/bus/bus-redis.ts');
    return createRedisBus({
      ...REDIS.of(settings),
      ...REDIS_BUS.of(settings),
      ...part,
      visibilityMs: part.redeliveryDelayMs,
      resumed: RESUMED_TOPICS,
      url: settings.bus,
      logger,
    });
  },
  async queue(settings, _opened, logger) {
    if (!isShared(settings.queue)) {
      const { createMemoryQueue } = await import('./adapters/memory/queue/queue-memory.ts');
      return createMemoryQueue(QUEUE.of(settings));
    }
    const { createBullQueue } = await import('./adapters/redis/queue/queue-bullmq.ts');
    return createBullQueue({
      ...REDIS.of(settings),
      ...QUEUE.of(settings),
      ...BULL_QUEUE.of(settings),
      url: settings.queue,
      logger,
    });
  },
  async cache(settings, _opened, logger) {
    if (!isShared(settings.cache)) {
      const { createMemoryCache } = await import('./adapters/memory/cache/cache-memory.ts');
      return createMemoryCache(CACHE.of(settings));
    }
    const { createRedisCache } = await import('./adapters/redis/cache/cache-redis.ts');
    return createRedisCache({ ...REDIS.of(settings), ...CACHE.of(settings), url: settings.cache, logger });
  },
  async rateLimiter(settings, _opened, logger) {
    if (!isShared(settings.cache)) {
      const { createMemoryRateLimiter } = await import(
        './adapters/memory/rate-limiter/rate-limiter-memory.ts'
      );
      return createMemoryRateLimiter(LIMITER.of(settings));
    }
    const { createRedisRateLimiter } = await import('./adapters/redis/rate-limiter/rate-limiter-redis.ts');
    return createRedisRateLimiter({
      ...REDIS.of(settings),
      ...LIMITER.of(settings),
      url: settings.cache,
      logger,
    });
  },
  async marketStore(settings, _opened, logger) {
    const { createSqliteMarketStore } = await import('./adapters/sqlite/market-store/market-store-sqlite.ts');
    const folder = marketFolder(settings);
    return createSqliteMarketStore({
      ...SQLITE_STORE.of(settings),
      ...RETENTION.of(settings),
      threads: THREADS.of(settings),
      logger,
      folder,
    });
  },
  // Beside the writer its reading side is shared, which spares a thread; reading is all it can do here.
  async marketReader(settings, { marketStore }, logger) {
    if (marketStore) return readingSide(marketStore);
    const { openSqliteMarketReader } = await import('./adapters/sqlite/market-store/market-store-sqlite.ts');
    return openSqliteMarketReader(marketFolder(settings), {
      ...SQLITE_STORE.of(settings),
      threads: THREADS.of(settings),
      logger,
    });
  },
  ingestChannels: (settings, _opened, logger) =>
    openChannels(settings.ingestRedis, 'ingest', settings, logger),
  mirrorChannels: (settings, _opened, logger) => openChannels(settings.mirror, 'mirror', settings, logger),
  async users(settings) {
    const { createSqliteUserStore } = await import('./adapters/sqlite/user-store/user-store-sqlite.ts');
    return createSqliteUserStore({
      ...USER_STORE.of(settings),
      file: join(settings.data, 'users.db'),
      companion: join(settings.data, 'auth-key.json'),
    });
  },
  async alertStore(settings, _opened, logger) {
    const { createSqliteAlertStore } = await import('./adapters/sqlite/alert-store/alert-store-sqlite.ts');
    return createSqliteAlertStore({
      ...ALERT_STORE.of(settings),
      threads: THREADS.of(settings),
      file: join(settings.data, 'alerts.db'),
      logger,
    });
  },
  // In the data folder of the logging service, whatever keeps the rest; without a logger: what it said would come back.
  async logs(settings) {
    const { createFileLogStore } = await import('./adapters/log-files/log-store-files.ts');
    const store = LOG_STORE.of(settings);
    return createFileLogStore({
      ...store,
      threads: THREADS.of(settings),
      folder: join(settings.data, 'logs'),
      former: await formerLogs(settings, store.busyTimeoutMs),
    });
  },
};

/** The log in the data folder of the settings, to be searched only, also beside the process that writes it. */
export async function openStoredLogs(
  settings: Settings,
): Promise<Pick<LogStore, 'page' | 'count' | 'close'>> {
  const { openFileLogReader } = await import('./adapters/log-files/log-store-files.ts');
  return openFileLogReader({
    ...LOG_STORE.of(settings),
    threads: THREADS.of(settings),
    folder: join(settings.data, 'logs'),
  });
}

/** Where earlier releases kept log entries. */
async function formerLogs(settings: Settings, busyTimeoutMs: number): Promise<FormerLogs> {
  if (serverOf(settings.logStore) === null) {
    const { formerSqliteLogs } = await import('./adapters/log-files/former/former-logs-sqlite.ts');
    return formerSqliteLogs(join(settings.data, 'logs.db'), busyTimeoutMs);
  }
  const { formerPostgresLogs } = await import('./adapters/postgres/log-store/former-logs-postgres.ts');
  return formerPostgresLogs({ ...POSTGRES.of(settings), url: settings.logStore });
}

async function openChannels(
  url: string | undefined,
  use: string,
  settings: Settings,
  logger: Logger,
): Promise<OptionalChannels> {
  if (url === undefined) return { channels: null, close: async () => {} };
  const { createRedisChannels } = await import('./adapters/redis/channels/channels-redis.ts');
  const channels = createRedisChannels({ ...REDIS.of(settings), url, name: `deltastream-${use}`, logger });
  return { channels, close: channels.close };
}

/** The adapters of a MongoDB server. */
const ON_MONGO: Pick<Openers, 'marketStore' | 'marketReader' | 'users' | 'alertStore'> = {
  async marketStore(settings, _opened, logger) {
    const { createMongoMarketStore } = await import('./adapters/mongo/market-store/market-store-mongo.ts');
    return createMongoMarketStore({
      ...MONGO.of(settings),
      ...RETENTION.of(settings),
      url: settings.store,
      database: marketDatabase(settings),
      logger,
    });
  },
  // Never the writer's handle: who reads has credentials that cannot write.
  async marketReader(settings) {
    const { openMongoMarketReader } = await import('./adapters/mongo/market-store/market-store-mongo.ts');
    const url = settings.storeReadUrl ?? settings.store;
    return openMongoMarketReader({ ...MONGO.of(settings), url, database: marketDatabase(settings) });
  },
  async users(settings, _opened, logger) {
    const { createMongoUserStore } = await import('./adapters/mongo/user-store/user-store-mongo.ts');
    return createMongoUserStore({ ...MONGO.of(settings), url: settings.users, logger });
  },
  async alertStore(settings, _opened, logger) {
    const { createMongoAlertStore } = await import('./adapters/mongo/alert-store/alert-store-mongo.ts');
    return createMongoAlertStore({ ...MONGO.of(settings), url: settings.users, logger });
  },
};

/** The adapters of a PostgreSQL server. */
const ON_POSTGRES: typeof ON_MONGO = {
  async marketStore(settings, _opened, logger) {
    const { createPostgresMarketStore } = await import(
      './adapters/postgres/market-store/market-store-postgres.ts'
    );
    return createPostgresMarketStore({
      ...POSTGRES.of(settings),
      ...RETENTION.of(settings),
      url: settings.store,
      schema: marketDatabase(settings),
      logger,
    });
  },
  // Never the writer's handle, as with MongoDB.
  async marketReader(settings, _opened, logger) {
    const { openPostgresMarketReader } = await import(
      './adapters/postgres/market-store/market-store-postgres.ts'
    );
    const url = settings.storeReadUrl ?? settings.store;
    return openPostgresMarketReader({
      ...POSTGRES.of(settings),
      url,
      schema: marketDatabase(settings),
      logger,
    });
  },
  async users(settings, _opened, logger) {
    const { createPostgresUserStore } = await import('./adapters/postgres/user-store/user-store-postgres.ts');
    return createPostgresUserStore({ ...POSTGRES.of(settings), url: settings.users, logger });
  },
  async alertStore(settings, _opened, logger) {
    const { createPostgresAlertStore } = await import(
      './adapters/postgres/alert-store/alert-store-postgres.ts'
    );
    return createPostgresAlertStore({ ...POSTGRES.of(settings), url: settings.users, logger });
  },
};

/** The kind of server that a URL of stored data names; null: the data folder. */
export function serverOf(url: string): 'mongodb' | 'postgres' | null {
  if (/^mongodb(\+srv)?:/.test(url)) return 'mongodb';
  return /^postgres(ql)?:/.test(url) ? 'postgres' : null;
}

/** The adapters that the schemes of the URLs name. */
function openersFor(settings: Settings): Openers {
  const on = { mongodb: ON_MONGO, postgres: ON_POSTGRES };
  const [store, accounts] = [serverOf(settings.store), serverOf(settings.users)];
  const { marketStore, marketReader } = store === null ? EMBEDDED_OR_REDIS : on[store];
  const { users, alertStore } = accounts === null ? EMBEDDED_OR_REDIS : on[accounts];
  return { ...EMBEDDED_OR_REDIS, marketStore, marketReader, users, alertStore };
}

/** Opens one port by the shape the settings ask for. */
export async function openPort<Name extends PortName>(
  name: Name,
  settings: Settings,
  opened: Partial<Ports> = {},
  logger: Logger = silentLogger,
): Promise<Ports[Name]> {
  return openersFor(settings)[name](settings, opened, serviceLogger(logger, name));
}

/** True when the port writes to the data folder, which one process at a time may. */
export function writesDataFolder(name: PortName, settings: Settings): boolean {
  if (name === 'marketStore') return serverOf(settings.store) === null;
  if (name === 'users' || name === 'alertStore') return serverOf(settings.users) === null;
  return name === 'logs';
}

function readingSide(store: MarketStore): Ports['marketReader'] {
  const { products, expiries, latest, asOf, summaries, lastSummaries, snapshots, snapshotsAt } = store;
  const { ticks, latestTick, bars, productFigures, lastProductFigures } = store;
  const { counts, importCounts, latestImport, importedRows } = store;
  return {
    ...{ products, expiries, latest, asOf, summaries, lastSummaries, snapshots, snapshotsAt },
    ...{ ticks, latestTick, bars, productFigures, lastProductFigures },
    ...{ counts, importCounts, latestImport, importedRows },
    close: async () => {},
  };
}

/** Where market data is kept, for people to read. */
export function marketPlace(settings: Settings): string {
  const server = serverOf(settings.store);
  if (server === null) return marketFolder(settings);
  const name = marketDatabase(settings);
  const where = server === 'postgres' ? `schema ${name}` : `database ${name}, unless the URL names one`;
  return `${masked(settings.store)}  (${where})`;
}

/** Generated and recorded data never share a folder, so one cannot be taken for the other. */
function marketFolder(settings: Settings): string {
  const folder = join(settings.data, datasetOf(settings));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Nor a database of MongoDB, unless the URL names one, nor a schema of PostgreSQL. */
export const marketDatabase = (settings: Settings): string => `deltastream_${datasetOf(settings)}`;
