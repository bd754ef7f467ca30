import { openSqliteMarketReader } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { TRANSFERS } from '../transfers/transfer-settings.ts';
import { createEncodingThread } from './encoding-thread.ts';
import { exportFolder } from './export-folder.ts';
import { FROM } from './exported-market.fixture.ts';

/**
 * Exports the store of the first argument to the folder of the second; says a line for each read of the store and each
 * file that is complete, or why it failed. To be killed meanwhile.
 */
const [folder, target] = process.argv.slice(2);
await told();
const store = await openSqliteMarketReader(folder);
const encoder = createEncodingThread();
const say = (line: string) => process.stdout.write(`${line}\n`);
const watched = {
  ...store,
  async *snapshots(...asked: Parameters<typeof store.snapshots>) {
    say('read');
    yield* store.snapshots(...asked);
  },
};
const order = { kind: 'chains', from: FROM, to: '2026-08-21T00:00:00Z', format: 'parquet' } as const;
const limits = { ...TRANSFERS.defaults, exportSliceBytes: 20_000 };
try {
  for (const { product } of await store.products()) {
    const ports = { store: watched, encoder };
    await exportFolder(ports, { ...order, product }, target, say, new AbortController().signal, limits);
  }
} catch (error) {
  say(`failed ${(error as NodeJS.ErrnoException).code}`);
}
await encoder.close();
await store.close();
