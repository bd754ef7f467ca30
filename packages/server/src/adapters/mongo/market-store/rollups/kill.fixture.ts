import { AT_ONCE, putUntilKilled } from '../../../rollups/killed-rollups.fixture.ts';
import { createMongoMarketStore } from '../market-store-mongo.ts';

const [url, database, writerLeaseMs] = process.argv.slice(2);
await putUntilKilled(() =>
  createMongoMarketStore({ url, database, writerLeaseMs: Number(writerLeaseMs), ...AT_ONCE }),
);
