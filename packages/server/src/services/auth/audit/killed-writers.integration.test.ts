import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { createMongoUserStore } from '../../../adapters/mongo/user-store/user-store-mongo.ts';
import { createPostgresUserStore } from '../../../adapters/postgres/user-store/user-store-postgres.ts';
import { createSqliteUserStore } from '../../../adapters/sqlite/user-store/user-store-sqlite.ts';
import type { AuditRecord } from '../../../ports/stores/audit/audit-store.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { killEachTime } from '../../../testing/killed-runs.fixture.ts';
import { haveMongo, startMongoServer, uniqueDatabase } from '../../../testing/servers/mongo-server.ts';
import { havePostgres, startPostgresServer, uniqueSchema } from '../../../testing/servers/postgres-server.ts';
import { appendEvents } from './audit-trail.ts';
import { verifyTrail } from './verify-trail.ts';

const KEY = Buffer.alloc(32, 3);
const KILLS = 3;

/** A writer is killed again and again while another goes on: the trail stays one, with everything that was acknowledged. */
async function killWriters(args: readonly string[], open: () => Promise<UserStore>): Promise<void> {
  const cache = mkdtempSync(join(tmpdir(), 'killed-writers-'));
  const store = await open();
  const acknowledged = new Set<string>();
  let going = true;
  const other = (async () => {
    for (let i = 0; going; i++) {
      await appendEvents(store, KEY, [
        { at: 1, event: 'login_succeeded', details: { id: `other-${i}`, part: 2 } },
      ]);
      acknowledged.add(`other-${i}`);
      await sleep(5);
    }
  })();
  const script = fileURLToPath(new URL('./append-events.fixture.ts', import.meta.url));
  const program = {
    script,
    args: [...args, KEY.toString('hex')],
    cache,
    lines: (kill: number) => 3 * kill,
    mostMs: 20,
  };
  await killEachTime(program, KILLS, async (lines, wasKilled) => {
    expect(wasKilled).toBe(true);
    for (const line of lines) acknowledged.add(line);
    const found = await verifyTrail({ store, key: KEY, limit: 100_000 });
    expect(found.broken).toBeNull();
  });
  going = false;
  await other;
  const found = await verifyTrail({ store, key: KEY, limit: 100_000 });
  expect(found).toMatchObject({ broken: null, next: null });
  const records: AuditRecord[] = [];
  for (let from = 1; records.length < found.checked; from += 1000)
    records.push(...(await store.auditFrom(from, 1000)));
  // An event that was acknowledged is there, complete and once.
  const ends = records.map(({ details }) => JSON.parse(details)).filter(({ part }) => part === 2);
  const ids: string[] = ends.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...acknowledged].filter((id) => !ids.includes(id))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(3 * KILLS);
  await store.close();
  rmSync(cache, { recursive: true });
}

describe('writers of security events that are killed', () => {
  it('in SQLite', { timeout: 120_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'killed-writers-'));
    const file = join(folder, 'users.db');
    await killWriters(['sqlite', file, ''], async () => createSqliteUserStore({ file }));
    rmSync(folder, { recursive: true });
  });

  it.runIf(havePostgres)('in PostgreSQL', { timeout: 120_000 }, async () => {
    const server = await startPostgresServer();
    const schema = uniqueSchema();
    await killWriters(['postgres', server.url, schema], () =>
      createPostgresUserStore({ url: server.url, schema }),
    );
    await server.stop();
  });

  it.runIf(haveMongo)('in MongoDB', { timeout: 120_000 }, async () => {
    const server = await startMongoServer();
    const database = uniqueDatabase();
    await killWriters(['mongo', server.url, database], () =>
      createMongoUserStore({ url: server.url, database }),
    );
    const client = await MongoClient.connect(server.url);
    await client.db(database).dropDatabase();
    await client.close();
    await server.stop();
  });
});
