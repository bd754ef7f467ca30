import { AT_ONCE, putUntilKilled } from '../../../rollups/killed-rollups.fixture.ts';
import { createPostgresMarketStore } from '../market-store-postgres.ts';

const [url, schema] = process.argv.slice(2);
await putUntilKilled(() => createPostgresMarketStore({ url, schema, ...AT_ONCE }));
