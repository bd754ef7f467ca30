import { flushCompileCache } from 'node:module';
import { storableChain } from '../../../ports/stores/market/market-store.fixture.ts';
import { createSqliteMarketStore } from './market-store-sqlite.ts';

/**
 * Stores snapshots until it is killed, and says on standard output which are acknowledged: one line
 * `expiry timestamp` each. Days are sealed as soon as nothing was written to them for a moment; those of the product
 * OLD are kept no longer, and not spoken of. Arguments: folder, first sequence number.
 */
const [folder, first] = process.argv.slice(2);
// It is killed, and leaves the next one what it compiled.
flushCompileCache();
const store = await createSqliteMarketStore({
  folder,
  sealAfter: 1,
  sealCheckMs: 5,
  sealQuietMs: 1,
  sealPercent: 100,
  keepSnapshots: 365,
});
const EXPIRIES = ['2026-08-25', '2026-09-01', '2026-09-08'];
const START = Date.UTC(2026, 7, 19);
const OLD_START = Date.UTC(2024, 7, 19);
/** Long steps, so that hot files of several days are written to. */
const STEP_MS = 1_700_000;

const worker = async (expiry: string, offset: number) => {
  for (let seq = Number(first); ; seq += 2) {
    const chains = [0, 1].map((i) =>
      storableChain({ expiry, seq: seq + i, timestamp: START + (seq + i) * STEP_MS + offset }),
    );
    await store.putSnapshots(chains);
    process.stdout.write(chains.map(({ timestamp }) => `${expiry} ${timestamp}\n`).join(''));
    await store.putSnapshots([
      storableChain({ product: 'OLD', expiry, seq, timestamp: OLD_START + seq * STEP_MS + offset }),
    ]);
  }
};
await Promise.all(EXPIRIES.flatMap((expiry) => [0, 1, 2].map((offset) => worker(expiry, offset))));
