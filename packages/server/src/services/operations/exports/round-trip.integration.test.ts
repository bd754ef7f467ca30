import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ExportFormat,
  type ExportKind,
  MARKET_CHAINS,
  MARKET_TICKS,
  type RawChain,
} from '@deltastream/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryCache } from '../../../adapters/memory/cache/cache-memory.ts';
import { createMemoryQueue } from '../../../adapters/memory/queue/queue-memory.ts';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { openRecording } from '../../../kit/recordings/recordings.ts';
import { systemClock } from '../../../ports/clock.ts';
import { tickAt } from '../../../ports/stores/market/market-store.fixture.ts';
import { storeContents } from '../../../testing/pipeline.fixture.ts';
import { createEnricher } from '../../enricher/service.ts';
import { createStorage } from '../../storage/service.ts';
import { importRecording } from '../imports/import-recording.ts';
import { TRANSFERS } from '../transfers/transfer-settings.ts';
import { createEncodingThread } from './encoding-thread.ts';
import { FROM, quotesAt } from './exported-market.fixture.ts';
import { writeExport } from './write-export.ts';

const STEPS = 12;
const PRODUCTS = ['NIFTY', 'UNLISTED'];
const never = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'round-trip-'));

/** What computes and stores, in a folder of its own. */
async function createPlatform(name: string) {
  const [bus, queue, cache, logger] = [
    createMemoryBus(),
    createMemoryQueue(),
    createMemoryCache(),
    silentLogger,
  ];
  const store = await createSqliteMarketStore({ folder: join(folder, name), commitIntervalMs: 1 });
  const services = [
    createStorage({ bus, store, cache, clock: systemClock, logger }),
    createEnricher({ bus, queue, logger }),
  ];
  for (const service of services) await service.start();
  return {
    bus,
    store,
    async importFile(path: string) {
      const reports: { rejected: number; stored: boolean | null }[] = [];
      const open = () => openRecording(path, {});
      const stamp = { generation: 1, dataset: 'recorded' };
      await importRecording(
        { bus, store, logger, open, stamp },
        async (each) => void reports.push(each),
        never,
      );
      return reports.at(-1);
    },
    async stop() {
      for (const service of services) await service.stop();
      await Promise.all([bus.close(), queue.close(), cache.close(), store.close()]);
    },
  };
}

/** What is stored without the numbers by which a feed or an import names its messages. */
async function contentsOf({ store }: Awaited<ReturnType<typeof createPlatform>>) {
  const { chains, ticks, ...rest } = await storeContents(store);
  const plain = <Message extends object>(message: Message) => ({
    ...message,
    epoch: null,
    seq: null,
    generation: null,
    dataset: null,
  });
  return { ...rest, chains: chains.map(plain), ticks: ticks.map(plain) };
}

describe('an export', () => {
  let origin: Awaited<ReturnType<typeof createPlatform>>;
  const encoder = createEncodingThread();

  beforeAll(async () => {
    origin = await createPlatform('origin');
    for (let step = 0; step < STEPS; step++) {
      for (const product of PRODUCTS) {
        // Of one product little is known: neither lot, price step nor spot, and a future of some chains.
        const unknown = {
          lot_size: null,
          price_tick: null,
          spot: null,
          future: step % 2 === 0 ? 24_010.5 : null,
        };
        const chains = quotesAt(step, 30, product).map(
          (chain): RawChain => ({
            ...chain,
            ...(product === 'UNLISTED' && unknown),
            source: '=fixture, "quoted"',
          }),
        );
        for (const chain of chains)
          await origin.bus.publish(MARKET_CHAINS.name, MARKET_CHAINS.frames.encode(chain));
        const { previousClose, ...tick } = tickAt(chains[0].timestamp, {
          product,
          seq: step + 1,
          price: 24_000 + step / 7,
          previousClose: step % 3 === 0 ? null : 23_950.05,
        });
        const frame = MARKET_TICKS.frames.encode({ ...tick, previous_close: previousClose, quality: [] });
        await origin.bus.publish(MARKET_TICKS.name, frame);
      }
    }
    await origin.bus.drained();
  });
  afterAll(async () => {
    await encoder.close();
    await origin.stop();
    rmSync(folder, { recursive: true });
  });

  const exported = async (kind: ExportKind, product: string, format: ExportFormat, sliceBytes = 5_000) => {
    const path = join(folder, `${product}_${kind}.${format}`);
    const order = { kind, product, from: FROM, to: '2026-08-20T00:00:00Z', format };
    const limits = { ...TRANSFERS.defaults, exportSliceBytes: sliceBytes };
    await writeExport({ store: origin.store, encoder }, order, path, async () => {}, never, limits);
    return path;
  };

  it.each(['parquet', 'csv'] as const)(
    'as %s comes back in to the last bit of every cell',
    async (format) => {
      const target = await createPlatform(format);
      for (const product of PRODUCTS) {
        for (const kind of ['chains', 'ticks'] as const) {
          expect(await target.importFile(await exported(kind, product, format))).toMatchObject({
            rejected: 0,
            stored: true,
          });
        }
      }
      const [before, after] = [await contentsOf(origin), await contentsOf(target)];
      expect(before.chains).toHaveLength(STEPS * PRODUCTS.length * 2);
      expect(before.ticks).toHaveLength(STEPS * PRODUCTS.length);
      expect(before.bars.length).toBeGreaterThan(0);
      expect(after).toEqual(before);
      await target.stop();
    },
  );

  it.each([
    ['bars', 'csv'],
    ['bars', 'parquet'],
    ['summaries', 'csv'],
    ['summaries', 'parquet'],
  ] as const)('of %s as %s is refused by an import, which says what to import', async (kind, format) => {
    const path = await exported(kind, 'NIFTY', format);
    const reading = async () => {
      for await (const _ of await openRecording(path, {}));
    };
    const from = kind === 'bars' ? 'ticks' : 'chains';
    await expect(reading()).rejects.toMatchObject({
      code: 'unreadable_source',
      message: expect.stringContaining(`computed from ${from}: export ${from}`),
    });
  });

  it('as CSV loses the rows that are malformed, and no others', async () => {
    const path = await exported('chains', 'NIFTY', 'csv');
    const lines = readFileSync(path, 'utf8').split('\r\n');
    lines[5] = lines[5].replace(/,(?:call|put),/, ',straddle,');
    lines[9] = lines[9].replace(/^[^,]+/, '2026-08-19T11:00:00.000Z');
    lines[11] = 'cut,off';
    writeFileSync(path, lines.join('\r\n'));
    const found: Record<string, number> = {};
    for await (const item of await openRecording(path, {})) {
      const name = item.kind === 'rejected' ? `${item.rejection} in line ${item.where.line}` : item.kind;
      found[name] = (found[name] ?? 0) + 1;
    }
    expect(found).toEqual({
      chain: 2 * STEPS,
      'unknown_option_type in line 6': 1,
      'out_of_order in line 10': 1,
      'wrong_column_count in line 12': 1,
    });
  });

  it('as Parquet that is not as it was written is refused', async () => {
    const path = await exported('chains', 'NIFTY', 'parquet');
    const bytes = readFileSync(path);
    const note = bytes.lastIndexOf('"slices":[0');
    bytes.write('"slices":[9', note);
    writeFileSync(path, bytes);
    const reading = async () => {
      for await (const item of await openRecording(path, {}))
        if (item.kind === 'rejected') throw new Error(item.reason);
    };
    await expect(reading()).rejects.toThrow(/note of an export/);
  });
});
