import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImportView } from '@deltastream/contracts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../../adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { type Logger, silentLogger } from '../../../kit/logging/log.ts';
import { openRecording } from '../../../kit/recordings/recordings.ts';
import type { Bus } from '../../../ports/bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createEnricher } from '../../enricher/service.ts';
import { createStorage } from '../../storage/service.ts';
import { createImports, type ImportSettings } from './imports.ts';

export const HEADER = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
export const EXPIRY = '2026-08-25';
export const ALL = { fromMs: 0, toMs: 8.64e15, limit: 10_000 };

/** The lines of a minute from 09:20 on, a call and a put of two strikes. */
export const minuteLines = (minute: number, spot = 24_052.4): string[] => {
  const at = `20260819${String(9 + Math.floor((20 + minute) / 60)).padStart(2, '0')}${String((20 + minute) % 60).padStart(2, '0')}`;
  return [24_000, 24_100].flatMap((strike) =>
    ['CE', 'PE'].map((side) => `${at},25-Aug-2026,${strike},${side},${spot},61.5,${10 + minute},5,-2`),
  );
};

export const minutesCsv = (minutes: number): string =>
  [HEADER, ...Array.from({ length: minutes }, (_, minute) => minuteLines(minute)).flat(), ''].join('\n');

/** Everything that an import passes, in one process, on the data in a folder. */
export async function startImports(
  folder: string,
  given: Partial<ImportSettings> & { readonly logger?: Logger; readonly wrapBus?: (bus: Bus) => Bus } = {},
) {
  const { logger = silentLogger, wrapBus = (bus) => bus, ...settings } = given;
  mkdirSync(join(folder, 'imports'), { recursive: true });
  const bus = createMemoryBus();
  const queue = createMemoryQueue({ backoffUnitMs: 1 });
  const store = await createSqliteMarketStore({ folder: join(folder, 'market'), commitIntervalMs: 1 });
  const parts = { bus, queue, store, cache: createMemoryCache(), clock: systemClock, logger: silentLogger };
  const services = [createEnricher(parts), createStorage(parts)];
  for (const service of services) await service.start();
  const imports = createImports(
    {
      ...{ queue, store, logger, bus: wrapBus(bus), clock: systemClock },
      openRecording: (path, signal, said) => openRecording(path, { ...said, signal, followLinks: false }),
    },
    { folder, importRefusal: null, reportMs: 1, ...settings },
  );
  return {
    ...{ imports, store, bus },
    async ended(id: string): Promise<ImportView> {
      for (;;) {
        const view = await imports.find(id);
        if (view?.state === 'done' || view?.state === 'dead') return view;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    put: (name: string, content: string) => writeFileSync(join(folder, 'imports', name), content),
    async stop() {
      await imports.stop();
      for (const service of services) await service.stop();
      await Promise.all([bus.close(), queue.close()]);
      await store.close();
    },
  };
}

/** A folder that is gone at the end. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), name));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
