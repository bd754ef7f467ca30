import { AT_ONCE, putUntilKilled } from '../../../rollups/killed-rollups.fixture.ts';
import { createSqliteMarketStore } from '../market-store-sqlite.ts';

const [folder] = process.argv.slice(2);
await putUntilKilled(() =>
  createSqliteMarketStore({ folder, synchronous: 'normal', sealCheckMs: 5, rollPercent: 100, ...AT_ONCE }),
);
