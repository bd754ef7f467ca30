import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  haveRedisServer,
  type RedisServer,
  startRedisServer,
} from '../../packages/server/src/testing/servers/redis-server.ts';
import { createAccount, FAST_PASSWORDS, logIn, post, type Session } from '../support/platform/accounts.ts';
import {
  type PlatformProcess,
  startPlatform,
  temporaryFolder,
} from '../support/platform/platform-process.ts';

interface Entry {
  readonly service: string;
  readonly event: string | null;
  readonly request_id: string | null;
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly user_id: string | null;
  readonly product: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
}

describe.runIf(haveRedisServer())('the log of services as processes', () => {
  const folder = temporaryFolder();
  const processes: PlatformProcess[] = [];
  let redis: RedisServer;
  let gateway: PlatformProcess;
  let logging: PlatformProcess;
  let admin: Session;
  let auth: PlatformProcess;

  const start = async (only: string, ...flags: string[]): Promise<PlatformProcess> => {
    const { url } = redis;
    const shared = [
      '--bus',
      url,
      '--queue',
      url,
      '--cache',
      url,
      '--source',
      'none',
      '--dataset',
      'recorded',
    ];
    const seen = ['--access-log', 'info', '--trace-sample-rate', '1', '--data', `${folder.path}/${only}`];
    const started = await startPlatform(['--only', only, ...shared, ...seen, ...flags]);
    processes.push(started);
    return started;
  };

  beforeAll(async () => {
    redis = await startRedisServer();
    const account = await createAccount(`${folder.path}/auth`, 'admin', 'admin');
    auth = await start('auth', ...FAST_PASSWORDS);
    const tokens = ['--auth-url', auth.url];
    const operations = await start('operations', ...tokens);
    const ingest = await start('ingest', ...tokens);
    const storage = await start('storage', ...tokens);
    logging = await start('logging', ...tokens);
    await start('enricher');
    const services = { operations, ingest, data: storage, logs: logging };
    const urls = Object.entries(services).flatMap(([name, { url }]) => [`--${name}-url`, url]);
    gateway = await start('gateway', ...tokens, ...urls, '--read-rate', '0');
    admin = await logIn(gateway.url, account);
  });
  afterAll(async () => {
    for (const each of processes) each.kill('SIGKILL');
    await Promise.all(processes.map((each) => each.exited()));
    await redis.stop();
    folder.remove();
  });

  const ask = (path: string, id: string, body?: object) =>
    fetch(`${gateway.url}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: {
        authorization: `Bearer ${admin.token}`,
        'x-request-id': id,
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
  const entries = async (): Promise<Entry[]> => {
    const response = await fetch(`${logging.url}/api/logs?limit=10000`, {
      headers: { authorization: `Bearer ${admin.token}` },
    });
    return ((await response.json()) as { logs: Entry[] }).logs;
  };
  const of = async (id: string) => (await entries()).filter(({ request_id }) => request_id === id);

  it('has all lines of one request over three services, and those of a user by event', async () => {
    await post(`${gateway.url}/api/admin/log-levels`, { service: 'enricher', level: 'debug' }, admin.token);
    await expect
      .poll(async () => (await entries()).filter(({ event }) => event === 'log_level_changed').length)
      .toBeGreaterThanOrEqual(1);
    const row = { strike: 24200, call: { bid: 101, ask: 102 }, put: { bid: 88, ask: 89 } };
    const chain = {
      product: 'NIFTY',
      expiry: '2030-12-31',
      timestamp: Date.now(),
      spot_price: 24210.5,
      rows: [row],
    };
    expect((await ask('/api/ingest/chains', 'one-chain', chain)).status).toBe(200);
    await expect
      .poll(async () => new Set((await of('one-chain')).map(({ service }) => service)))
      .toEqual(new Set(['gateway', 'ingest', 'enricher', 'storage']));
    const started = (await entries()).filter(
      ({ event, user_id }) => event === 'chain_processing_started' && user_id === admin.user.id,
    );
    expect(started).toEqual([
      expect.objectContaining({ service: 'enricher', product: 'NIFTY', request_id: 'one-chain' }),
    ]);
    expect(new Set((await of('one-chain')).map(({ trace_id }) => trace_id)).size).toBe(1);
  });

  it('has the way of a read through gateway, storage and its store, each a child of the one before', async () => {
    expect((await ask('/api/data/expiries/NIFTY', 'one-read')).status).toBe(200);
    const way = ['GET /api/data/expiries/:product', 'ask storage', 'GET /api/data/expiries/:product'];
    const spans = async () => (await of('one-read')).filter(({ event }) => event === 'span');
    await expect.poll(async () => (await spans()).length).toBeGreaterThanOrEqual(way.length);
    const found = await spans();
    const isRoot = ({ fields }: Entry) => fields.parent_span_id === null;
    let [at] = found.filter(isRoot);
    const names = [at.fields.name];
    for (;;) {
      const next = found.find(({ fields }) => fields.parent_span_id === at.span_id);
      if (next === undefined) break;
      names.push(next.fields.name);
      at = next;
    }
    expect(names.slice(0, 3)).toEqual(way);
  });

  it('loses no line when the logging service is killed under load, and callers notice nothing', async () => {
    const ids = Array.from({ length: 300 }, (_, i) => `load-${i}`);
    let killed: Promise<unknown> | null = null;
    for (const [i, id] of ids.entries()) {
      if (i === 100) {
        logging.kill('SIGKILL');
        killed = logging.exited();
      }
      expect((await ask('/api/data/products', id)).status).toBe(200);
    }
    await killed;
    logging = await start('logging', '--auth-url', auth.url);
    const kept = async () =>
      (await entries()).flatMap(({ service, event, request_id }) =>
        service === 'gateway' && event === 'request_completed' && request_id?.startsWith('load-')
          ? [request_id]
          : [],
      );
    await expect.poll(async () => new Set(await kept()).size).toBe(ids.length);
    const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
    expect(metrics).toMatch(/^deltastream_log_dropped_total\{output="bus"\} 0$/m);
  });
});
