import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
  uniqueSchema,
} from '../../../testing/servers/postgres-server.ts';
import { createFileLogStore } from '../../log-files/log-store-files.ts';
import { connectPostgres } from '../database/connect.ts';
import { migrate } from '../database/schema.ts';
import { formerPostgresLogs, LOGS_SCHEMA } from './former-logs-postgres.ts';

describe.runIf(havePostgres)('entries of an earlier release in PostgreSQL', () => {
  let server: PostgresServer;
  let folder: string;
  beforeAll(async () => {
    server = await startPostgresServer();
    folder = await mkdtemp(join(tmpdir(), 'former-logs-'));
  });
  afterAll(async () => {
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  it('are taken over once, in their order, and stay where they were', async () => {
    const options = { url: server.url, schema: uniqueSchema() };
    const connection = await connectPostgres(options, LOGS_SCHEMA.name);
    await migrate(connection, LOGS_SCHEMA);
    await connection.transaction(async (session) => [
      session.query(
        `INSERT INTO ${connection.schema}.log (ts, severity, service, message, fields)
         SELECT to_timestamp(1787000000 + i), 3, 'auth', 'login.refused ' || i,
           '{"audit":true,"user_id":"u1","nested":{"list":[1,null,"ü"]}}' FROM generate_series(1, 2500) AS i`,
      ),
    ]);
    for (let i = 0; i < 2; i++) {
      const store = await createFileLogStore({ folder, former: formerPostgresLogs(options) });
      const found = await store.query({ limit: 10_000, userId: 'u1' });
      expect(found).toHaveLength(2_500);
      expect(found[0]).toMatchObject({
        timestamp: 1_787_002_500_000,
        level: 'warn',
        service: 'auth',
        message: 'login.refused 2500',
        user_id: 'u1',
        fields: { audit: true, nested: { list: [1, null, 'ü'] } },
      });
      expect(found.at(-1)).toMatchObject({ message: 'login.refused 1' });
      await store.close();
    }
    const { rows } = await connection.run((session) =>
      session.query(`SELECT count(*)::int AS n FROM ${connection.schema}.log`),
    );
    expect(rows[0].n).toBe(2_500);
    await connection.close();
  });

  it('are none where no table is; a server that is away keeps the store from starting', async () => {
    const options = { url: server.url, schema: uniqueSchema() };
    const store = await createFileLogStore({
      folder: join(folder, 'none'),
      former: formerPostgresLogs(options),
    });
    expect(await store.query({ limit: 1 })).toEqual([]);
    await store.close();
    await server.kill();
    await expect(
      createFileLogStore({ folder: join(folder, 'away'), former: formerPostgresLogs(options) }),
    ).rejects.toMatchObject({ code: 'store_failed' });
  });
});
