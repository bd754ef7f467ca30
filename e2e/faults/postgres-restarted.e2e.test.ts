import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openPostgresMarketReader } from '../../packages/server/src/adapters/postgres/market-store/market-store-postgres.ts';
import { createRedisBus } from '../../packages/server/src/adapters/redis/bus/bus-redis.ts';
import {
  havePostgres,
  type PostgresServer,
  startPostgresServer,
} from '../../packages/server/src/testing/servers/postgres-server.ts';
import { haveRedisServer } from '../../packages/server/src/testing/servers/redis-server.ts';
import { nameOf, startTraffic } from '../support/market/market-traffic.ts';
import { barsOf, compareStored, everythingOf } from '../support/market/stored-market.ts';
import { accountOf, FAST_PASSWORDS, logIn } from '../support/platform/accounts.ts';
import { runToExit } from '../support/platform/platform-process.ts';
import { openRedisStand, type RedisStand } from '../support/platform/redis-stand.ts';

const PLAN = { products: ['P0', 'P1', 'P2', 'P3'], ticksPerSecond: 200, chainsPerSecond: 30 };
const KILLS = 4;
/** Before which of the kills PostgreSQL ends as in a crash. */
const SERVER_ENDS = new Set([1]);

describe.runIf(haveRedisServer() && havePostgres)('services as processes on Redis and PostgreSQL', () => {
  let stand: RedisStand;
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgresServer();
    stand = await openRedisStand();
  });
  afterAll(async () => {
    await stand.end();
    await server.stop();
  });

  it(`lose and double nothing over ${KILLS} kills of storage and ${SERVER_ENDS.size} of the server`, async () => {
    const startStorage = () => stand.start('storage', ['--store', server.url]);
    await stand.start('enricher');
    const storages = [await startStorage(), await startStorage()];
    const bus = await createRedisBus({ url: stand.redis.url });
    const traffic = startTraffic(bus, PLAN);
    const readiness = async () => {
      const response = await fetch(`${storages[0].url}/readyz`);
      return { status: response.status, text: await response.text() };
    };
    for (let kill = 0; kill < KILLS; kill++) {
      await sleep(200 + Math.random() * 300);
      if (SERVER_ENDS.has(kill)) {
        await server.kill();
        await expect.poll(readiness).toMatchObject({
          status: 503,
          text: expect.stringMatching(
            /PostgreSQL at 127\.0\.0\.1:\d+, schema deltastream_recorded: away since 20/,
          ),
        });
        await server.start();
        await expect.poll(readiness).toMatchObject({ status: 200 });
      }
      const [victim] = storages.splice(0, 1);
      victim.kill('SIGKILL');
      await victim.exited();
      storages.push(await startStorage());
    }
    await traffic.stop();
    await bus.drained();
    await bus.close();

    const sent = traffic.acknowledged;
    const reader = await openPostgresMarketReader({ url: server.url });
    const { messages, bars } = await everythingOf(reader);
    const counts = await reader.counts();
    await reader.close();
    const { lost, doubled, unknown } = compareStored(sent.map(nameOf), messages);
    process.stdout.write(
      `kill -9 of one of two storages: ${KILLS} kills, and ${SERVER_ENDS.size} of PostgreSQL: ${sent.length} acknowledged, ` +
        `${lost.length} lost, ${doubled} doubled.\n`,
    );
    expect({ lost, doubled, unknown }).toEqual({ lost: [], doubled: 0, unknown: [] });
    expect(bars).toEqual(barsOf(sent));
    expect(counts.ticks + counts.snapshots).toBe(messages.length);
    expect(counts.bars).toBe(bars.length);
  });

  it('keep accounts where they are told to, made by the command and used by the service', async () => {
    const account = accountOf('operator');
    const users = ['--users', server.url, ...FAST_PASSWORDS];
    const { code, output } = await runToExit(
      ['user', 'create', '--email', account.email, '--role', 'admin', ...stand.shared, ...users],
      `${account.password}\n`,
    );
    expect(output).not.toContain(server.url);
    expect(code).toBe(0);
    const auth = await stand.start('auth', users);
    expect((await logIn(auth.url, account)).token).toMatch(/^ey/);
    expect(await server.query('SELECT email FROM deltastream_users.account')).toEqual([
      { email: account.email },
    ]);
  });
});
