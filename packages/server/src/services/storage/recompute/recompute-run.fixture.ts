import { join } from 'node:path';
import { createSqliteMarketStore } from '../../../adapters/sqlite/market-store/market-store-sqlite.ts';
import { createFiguresAsOf } from '../../analytics/product-figures/figures-as-of.ts';
import { createChainEnricher } from '../../enricher/chain/enrich-chain.ts';
import { ORDER } from './outdated-chains.fixture.ts';
import { recompute } from './recompute.ts';
import { createMarkFile } from './recompute-mark.ts';

/** Recomputes the folder of the first argument, and prints the outcome; to be killed meanwhile. */
const [folder] = process.argv.slice(2);
const store = await createSqliteMarketStore({ folder, commitIntervalMs: 1 });
process.stdout.write('begun\n');
const result = await recompute(
  {
    store,
    writer: store,
    sources: { enrich: createChainEnricher({}), productFigures: createFiguresAsOf(store) },
    mark: createMarkFile(join(folder, 'recompute'), ORDER),
    report: async () => undefined,
    signal: new AbortController().signal,
  },
  ORDER,
  { turnMs: 1, timeShare: 1, reportMs: 2 },
);
process.stdout.write(`${JSON.stringify(result)}\n`);
await store.close();
