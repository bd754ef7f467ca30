import { stdout } from 'node:process';
import { createMongoUserStore } from '../../../adapters/mongo/user-store/user-store-mongo.ts';
import { createPostgresUserStore } from '../../../adapters/postgres/user-store/user-store-postgres.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import { told } from '../../../testing/killed-runs.fixture.ts';
import { appendEvents } from './audit-trail.ts';

const [kind, place, name, key] = process.argv.slice(2);
const open = {
  sqlite: async () => createSqliteUserStore({ file: place }),
  postgres: () => createPostgresUserStore({ url: place, schema: name }),
  mongo: () => createMongoUserStore({ url: place, database: name }),
}[kind as 'sqlite' | 'postgres' | 'mongo'];
const store = await open();
await told();
for (let i = 0; ; i++) {
  const id = `${process.pid}-${i}`;
  const events = [0, 1, 2].map((part) => ({ at: Date.now(), event: 'login_refused', details: { id, part } }));
  await appendEvents(store, Buffer.from(key, 'hex'), events);
  stdout.write(`${id}\n`);
}
