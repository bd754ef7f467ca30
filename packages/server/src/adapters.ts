import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createMemoryBus } from './adapters/bus-memory/bus-memory.ts';
import { createMemoryCache } from './adapters/cache-memory/cache-memory.ts';
import { createSqliteLogStore } from './adapters/log-store-sqlite/log-store-sqlite.ts';
import {
  createSqliteMarketStore,
  openSqliteMarketReader,
} from './adapters/market-store-sqlite/market-store-sqlite.ts';
import { createMemoryQueue } from './adapters/queue-memory/queue-memory.ts';
import { createSqliteUserStore } from './adapters/user-store-sqlite/user-store-sqlite.ts';
import { type Settings, sourceKind } from './config.ts';
import type { Bus } from './ports/bus.ts';
import type { Cache } from './ports/cache.ts';
import type { LogStore } from './ports/log-store.ts';
import type { MarketReader, MarketStore } from './ports/market-store.ts';
import type { Queue } from './ports/queue.ts';
import type { UserStore } from './ports/user-store.ts';

/** Every port a service may ask for. */
export interface Ports {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly cache: Cache;
  readonly marketStore: MarketStore;
  readonly marketReader: MarketReader & { close(): Promise<void> };
  readonly users: UserStore;
  readonly logs: LogStore;
}

export type PortName = keyof Ports;

type Openers = {
  readonly [Name in PortName]: (
    settings: Settings,
    opened: Partial<Ports>,
  ) => Ports[Name] | Promise<Ports[Name]>;
};

/** The embedded adapters: everything in this process, data in one folder. */
const EMBEDDED: Openers = {
  bus: (settings) =>
    createMemoryBus({
      maxBacklogBytes: settings.maxBacklogBytes,
      // A recording can wait for the store; a live market cannot.
      overflow: sourceKind(settings) === 'replay' ? 'wait' : 'drop_oldest',
    }),
  queue: () => createMemoryQueue(),
  cache: () => createMemoryCache(),
  marketStore: (settings) =>
    createSqliteMarketStore({
      folder: marketFolder(settings),
      synchronous: settings.synchronous,
      commitIntervalMs: settings.commitIntervalMs,
    }),
  // Beside the writer its reading side is shared, which spares a thread; reading is all it can do here.
  marketReader: (settings, { marketStore }) =>
    marketStore ? readingSide(marketStore) : openSqliteMarketReader(marketFolder(settings)),
  users: (settings) => createSqliteUserStore({ file: join(settings.data, 'users.db') }),
  logs: (settings) => createSqliteLogStore({ file: join(settings.data, 'logs.db') }),
};

/** Opens one port by the shape the settings ask for. */
export async function openPort<Name extends PortName>(
  name: Name,
  settings: Settings,
  opened: Partial<Ports> = {},
): Promise<Ports[Name]> {
  return EMBEDDED[name](settings, opened);
}

function readingSide(store: MarketStore): Ports['marketReader'] {
  const { products, expiries, latest, asOf, summaries, snapshots, ticks, latestTick, bars, counts } = store;
  return {
    ...{ products, expiries, latest, asOf, summaries, snapshots, ticks, latestTick, bars, counts },
    close: async () => {},
  };
}

/** Generated and recorded data never share a folder, so one cannot be taken for the other. */
export function marketFolder(settings: Settings): string {
  const dataset = settings.dataset ?? (sourceKind(settings) === 'synthetic' ? 'synthetic' : 'recorded');
  const folder = join(settings.data, dataset);
  mkdirSync(folder, { recursive: true });
  return folder;
}
