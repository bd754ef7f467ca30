import { gzipSync } from 'node:zlib';
import { MARKET_TICKS, type UnderlyingTick } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createRedisChannels } from '../../adapters/redis/channels/channels-redis.ts';
import { REDIS } from '../../adapters/redis/settings.ts';
import type { HttpApp } from '../../kit/http/http.ts';
import { INGEST } from '../../kit/ingest/ingest-settings.ts';
import { type SharedIntake, shareIntake } from '../../kit/ingest/shared-intake.ts';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import { systemClock } from '../../ports/clock.ts';
import type { Identity } from '../../ports/token-verifier.ts';
import { useRedis } from '../../testing/servers/redis.fixture.ts';
import { haveRedisServer } from '../../testing/servers/redis-server.ts';
import { createIngest } from './service.ts';

const person = (role: Identity['role'], scopes: Identity['scopes'] = null): Identity => ({
  ...{ userId: role, email: `${role}@x.test`, role, sessionId: `${role} ${scopes}`, scopes, exp: 4e9 },
});
const PEOPLE: Readonly<Record<string, Identity>> = {
  viewer: person('viewer'),
  trader: person('trader'),
  reader: person('trader', ['market:read']),
  feed: person('trader', ['ingest']),
};
const verifier = {
  verify: async (token: string) => PEOPLE[token],
  onRevoked: () => () => {},
};

const NOW = Date.now();
const tickAt = (ms: number, price = 24_200) => ({ product: 'NIFTY', timestamp: NOW - 60_000 + ms, price });

let bus: Bus;
let app: HttpApp;
let intake: SharedIntake;
let ticks: UnderlyingTick[];
const closers: (() => Promise<unknown>)[] = [];

async function start({ tokensRequired = false, limits = {}, refusal = null as string | null } = {}) {
  const parts = { bus, clock: systemClock, logger: silentLogger };
  intake = shareIntake(parts, { ...INGEST.defaults, ...limits, dataset: 'recorded' }, refusal);
  const ingest = createIngest({ intake, channels: null, verifier, logger: silentLogger });
  app = createServiceApp({ logger: silentLogger, verifier, tokensRequired });
  if (ingest.routes) await app.register(ingest.routes);
  await ingest.start();
  closers.push(ingest.stop, () => app.close());
}

beforeEach(async () => {
  bus = createMemoryBus();
  ticks = [];
  await bus.follow(MARKET_TICKS.name, 'latest', ({ frame }) => ticks.push(MARKET_TICKS.frames.decode(frame)));
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  await bus.close();
});

async function send(payload: string | Buffer, headers: Readonly<Record<string, string>> = {}, query = '') {
  const response = await app.inject({
    method: 'POST',
    url: `/api/ingest/ticks${query}`,
    headers: { 'content-type': 'application/json', ...headers },
    payload,
  });
  return { status: response.statusCode, headers: response.headers, body: response.json() };
}

const NDJSON = { 'content-type': 'application/x-ndjson' };

describe('POST /api/ingest/ticks', () => {
  it('takes an array, a line each, and gzip, under the source that is named', async () => {
    await start();
    expect(await send(JSON.stringify([tickAt(1), tickAt(2)]))).toMatchObject({
      status: 200,
      body: { accepted: 2, duplicates: 0, rejected: 0, rejections: [], dataset: 'recorded' },
    });
    const lines = `${JSON.stringify(tickAt(3))}\n{"product"\n${JSON.stringify(tickAt(4))}\n`;
    const gzipped = { ...NDJSON, 'content-encoding': 'gzip' };
    const { status, body } = await send(gzipSync(lines), gzipped, '?source=my-feed');
    expect([status, body.accepted, body.rejected]).toEqual([200, 2, 1]);
    expect(body.rejections).toMatchObject([{ line: 2, remedy: 'Send one JSON object a line.' }]);
    await expect
      .poll(() => ticks.map(({ seq, source }) => [seq, source]))
      .toEqual([
        [1, 'json'],
        [2, 'json'],
        [3, 'my-feed'],
        [4, 'my-feed'],
      ]);
  });

  it('gives a body that is sent again under its key the response that it had', async () => {
    await start();
    const key = { 'idempotency-key': 'batch-1' };
    const body = JSON.stringify([tickAt(1)]);
    const both = await Promise.all([send(body, key), send(body, key)]);
    expect(both.map((each) => each.body)).toEqual([both[0].body, both[0].body]);
    expect(both[0].body).toMatchObject({ accepted: 1, duplicates: 0 });
    expect((await send(body)).body).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await send(JSON.stringify([tickAt(2)]), key)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', detail: expect.stringMatching(/another body/) },
    });
    await expect.poll(() => ticks).toHaveLength(1);
  });

  it.each([
    ['no JSON', '{', {}, '', 400, /not JSON/],
    ['no UTF-8', Buffer.from([0xff]), {}, '', 400, /not UTF-8/],
    ['no gzip', 'abc', { 'content-encoding': 'gzip' }, '', 400, /not gzip/],
    ['brotli', 'abc', { 'content-encoding': 'br' }, '', 415, /./],
    ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }, '', 415, /./],
    ['a parameter it does not know', '[]', {}, '?sauce=x', 400, /sauce/],
    ['a key of no characters', '[]', { 'idempotency-key': 'a b' }, '', 400, /idempotency-key/],
    ['more lines than a body may have', '[1,2,3,4]', {}, '', 413, /more than 3 lines/],
    [
      'what is large only once it is unpacked',
      gzipSync(' '.repeat(9_000)),
      { 'content-encoding': 'gzip' },
      '',
      413,
      /8000 bytes/,
    ],
  ] as const)('refuses %s', async (_what, payload, headers, query, status, detail) => {
    await start({ limits: { maxLines: 3, maxBodyBytes: 8_000 } });
    const response = await send(payload as string, headers, query);
    expect(response).toMatchObject({ status, body: { detail: expect.stringMatching(detail) } });
  });

  it('tells senders to come again while consumers are behind', async () => {
    bus = { ...bus, pressure: () => 0.9 };
    await start();
    const { status, headers, body } = await send('[]');
    expect([status, headers['retry-after'], body.code]).toEqual([503, '1', 'unavailable']);
  });

  it('takes nothing where generated data is kept', async () => {
    await start({ refusal: 'generated data is kept here' });
    expect(await send('[]')).toMatchObject({ status: 409, body: { code: 'ingest_refused' } });
  });

  it.each([
    [true, undefined, 401],
    [true, 'viewer', 403],
    [true, 'reader', 403],
    [true, 'trader', 200],
    [true, 'feed', 200],
    [false, undefined, 200],
    [false, 'viewer', 403],
    [false, 'feed', 200],
  ])('with tokens required: %s, admits %s with %i', async (tokensRequired, who, status) => {
    await start({ tokensRequired });
    const headers = who === undefined ? undefined : { authorization: `Bearer ${who}` };
    expect((await send('[]', headers)).status).toBe(status);
  });
});

describe.runIf(haveRedisServer)('channels of a Redis', () => {
  const suite = useRedis();

  it('are taken in, one line or an array a message, and what is wrong is counted', async () => {
    const parts = { bus, clock: systemClock, logger: silentLogger };
    intake = shareIntake(parts, { ...INGEST.defaults, dataset: 'recorded' }, null);
    const options = { ...REDIS.defaults, url: suite.server.url, name: 'test', logger: silentLogger };
    const channels = createRedisChannels(options);
    const ingest = createIngest({ intake, channels, logger: silentLogger });
    await ingest.start();
    closers.push(ingest.stop, channels.close);
    expect(await ingest.ready()).toEqual([{ name: 'ingest', ok: true, reason: null }]);
    await suite.redis.publish('market:tick', JSON.stringify(tickAt(1)));
    await suite.redis.publish('market:tick', '{');
    await suite.redis.publish('market:tick', JSON.stringify([tickAt(2), tickAt(3)]));
    await expect
      .poll(() => ticks.map(({ seq, source }) => [seq, source]))
      .toEqual([
        [1, 'redis'],
        [2, 'redis'],
        [3, 'redis'],
      ]);
    expect(await ingest.metrics.metrics()).toMatch(/lines_total\{kind="ticks",outcome="rejected"\} 1/);
    await ingest.stop();
    await suite.redis.publish('market:tick', JSON.stringify(tickAt(4)));
    expect(await suite.redis.pubsub('NUMSUB', 'market:tick')).toEqual(['market:tick', 0]);
  });

  it('fail a start when the Redis cannot be reached', async () => {
    const options = { ...REDIS.defaults, url: 'redis://127.0.0.1:1', name: 'test', logger: silentLogger };
    const channels = createRedisChannels(options);
    const ingest = createIngest({ intake, channels, logger: silentLogger });
    closers.push(channels.close);
    await expect(ingest.start()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
