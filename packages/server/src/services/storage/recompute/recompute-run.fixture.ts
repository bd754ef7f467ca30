import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { recomputeAll } from './outdated-chains.fixture.ts';

/** Recomputes the folder of the first argument, and says how many chains are compared; to be killed meanwhile. */
const [folder] = process.argv.slice(2);
await told();
const store = await createSqliteMarketStore({ folder, commitIntervalMs: 1 });
await recomputeAll(folder, store, async ({ chains }) => void process.stdout.write(`${chains}\n`));
await store.close();
