import { ENRICHED_TICKS, MARKET_CHAINS } from '@deltastream/contracts';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import type { HttpApp } from '../../kit/http/http.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { createServiceApp } from '../../kit/lifecycle/standalone.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import { createTokens } from '../../kit/tokens/tokens.fixture.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import { createOperations } from './service.ts';

let verifier: TokenVerifier;
let tokenOf: (role: string) => Promise<string>;
beforeAll(async () => {
  ({ verifier, tokenOf } = await createTokens());
});

const tick = {
  product: 'BTC',
  timestamp: 1_787_000_000_000,
  epoch: 'e',
  seq: 1,
  source: 's',
  currency: 'USD',
  price: 100,
  previous_close: null,
  quality: [],
  change: null,
  change_pct: null,
  bars: [],
};

describe('dead letters over REST', () => {
  let bus: Bus;
  let queue: Queue;
  let service: Service;
  let app: HttpApp;
  let healthy: boolean;
  const handled: string[] = [];

  beforeEach(async () => {
    healthy = false;
    handled.length = 0;
    bus = createMemoryBus({ redeliveryDelayMs: 1 });
    queue = createMemoryQueue({ backoffUnitMs: 1 });
    service = createOperations({ bus, queue, verifier });
    app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
    if (service.routes) await app.register(service.routes);
    const handle = async (what: string) => {
      if (!healthy) throw new Error(`${what} failed`);
      handled.push(what);
    };
    await bus.consume(MARKET_CHAINS.name, 'enricher', () => handle('chain'));
    await bus.consume(ENRICHED_TICKS.name, 'storage', () => handle('tick'));
    await queue.process('enrich-chain', () => handle('job'));
    await bus.publish(MARKET_CHAINS.name, new TextEncoder().encode('no frame'));
    await bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(tick));
    await queue.add('enrich-chain', new TextEncoder().encode('a job'));
    await bus.drained();
    await expect.poll(() => queue.deadJobs('enrich-chain')).toHaveLength(1);
  });
  afterEach(async () => {
    await app.close();
    await Promise.all([bus.close(), queue.close()]);
  });

  async function call(method: 'GET' | 'POST', path: string, role: string | null = 'admin') {
    const headers = role === null ? {} : { authorization: `Bearer ${await tokenOf(role)}` };
    const response = await app.inject({ method, url: `/api/admin/dlq${path}`, headers });
    return { status: response.statusCode, body: response.json() };
  }
  const letters = async (query = '') =>
    (await call('GET', query)).body.letters as { id: string; kind: string; name: string; reason: string }[];
  const idOf = async (name: string) =>
    encodeURIComponent((await letters()).find((letter) => letter.name === name)?.id ?? '');

  it('are for administrators', async () => {
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '?limit=x'],
      ['GET', '/message:x:1'],
      ['POST', '/message:x:1/replay'],
      ['POST', '/message:x:1/discard'],
    ] as const) {
      expect((await call(method, path, null)).body.code).toBe('unauthenticated');
      expect((await call(method, path, 'trader')).body.code).toBe('forbidden');
    }
  });

  it('are listed with their reason, by kind and by name', async () => {
    const all = await letters();
    expect(all.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      'job enrich-chain',
      'message enriched:ticks',
      'message market:chains',
    ]);
    expect(all.find(({ kind }) => kind === 'job')).toMatchObject({
      reason: 'job failed',
      tries: 4,
      bytes: 5,
    });
    expect(all.find(({ name }) => name === 'market:chains')).toMatchObject({
      reason: 'chain failed',
      group: 'enricher',
      tries: 5,
      position: '0',
    });
    expect((await letters('?kind=job')).map(({ name }) => name)).toEqual(['enrich-chain']);
    expect((await letters('?name=market:chains')).map(({ kind }) => kind)).toEqual(['message']);
    expect(await letters('?limit=2')).toHaveLength(2);
  });

  it('are shown with their content where it decodes, and with their bytes always', async () => {
    const decoded = (await call('GET', `/${await idOf('enriched:ticks')}`)).body;
    expect(decoded.content).toEqual(tick);
    const malformed = (await call('GET', `/${await idOf('market:chains')}`)).body;
    expect(malformed).toMatchObject({ content: null, payload_base64: btoa('no frame') });
    const job = (await call('GET', `/${await idOf('enrich-chain')}`)).body;
    expect(job).toMatchObject({ content: null, payload_base64: btoa('a job') });
  });

  it('show the order of a job that is one', async () => {
    const order = { kind: 'ticks', product: 'NIFTY' };
    await queue.process('export', async () => {
      throw new Error('there is no such product');
    });
    await queue.add('export', new TextEncoder().encode(JSON.stringify(order)));
    await expect.poll(() => queue.deadJobs('export')).toHaveLength(1);
    expect((await call('GET', `/${await idOf('export')}`)).body.content).toEqual(order);
  });

  it.each([
    ['market:chains', 'chain'],
    ['enrich-chain', 'job'],
  ])('are replayed (%s), once', async (name, what) => {
    const id = await idOf(name);
    healthy = true;
    expect((await call('POST', `/${id}/replay`)).status).toBe(200);
    await expect.poll(() => handled).toEqual([what]);
    expect((await call('POST', `/${id}/replay`)).body.code).toBe('not_found');
    expect((await letters()).map((letter) => letter.name)).not.toContain(name);
  });

  it.each(['market:chains', 'enrich-chain'])('are discarded for good (%s)', async (name) => {
    const id = await idOf(name);
    healthy = true;
    expect((await call('POST', `/${id}/discard`)).status).toBe(200);
    expect((await call('POST', `/${id}/discard`)).body.code).toBe('not_found');
    expect((await call('GET', `/${id}`)).body.code).toBe('not_found');
    expect(handled).toEqual([]);
  });

  it.each(['/nonsense', '/message:market:chains:99', '/job:enrich-chain', '/job:99'])(
    'that do not exist are not found (%s)',
    async (path) => {
      expect((await call('GET', path)).body.code).toBe('not_found');
      expect((await call('POST', `${path}/replay`)).body.code).toBe('not_found');
    },
  );

  it('are counted beside how far each group of each topic is behind, as a table too', async () => {
    const done = Promise.withResolvers<void>();
    await bus.consume('alerts', 'mailer', () => done.promise);
    for (let i = 0; i < 3; i++) await bus.publish('alerts', new Uint8Array(8));
    const ask = async (role: string, accept = 'application/json') => {
      const headers = { accept, authorization: `Bearer ${await tokenOf(role)}` };
      return app.inject({ url: '/api/admin/streams', headers });
    };
    const streamOf = async (topic: string, group: string) =>
      (await ask('admin'))
        .json()
        .streams.find((each: Record<string, unknown>) => each.topic === topic && each.group === group);
    await vi.waitFor(async () => expect(await streamOf('alerts', 'mailer')).toMatchObject({ pending: 1 }));
    expect(await streamOf('alerts', 'mailer')).toEqual({
      topic: 'alerts',
      group: 'mailer',
      length: 0,
      backlog: 3,
      pending: 1,
      oldest_age_ms: null,
      pressure: bus.pressure('alerts'),
      redelivered: 0,
      dead_letters: 0,
      lost: 0,
    });
    expect(await streamOf('market:chains', 'enricher')).toMatchObject({ redelivered: 4, dead_letters: 1 });
    const [head, ...rows] = (await ask('admin', 'text/csv')).body.trim().split('\r\n');
    expect(head).toBe(
      'topic,group,length,backlog,pending,oldest_age_ms,pressure,redelivered,dead_letters,lost',
    );
    expect(rows).toHaveLength((await ask('admin')).json().count);
    expect((await ask('trader')).statusCode).toBe(403);
    done.resolve();
  });

  it('show in the metrics beside the state of bus and queue', async () => {
    const metrics = await service.metrics.metrics();
    expect(metrics).toContain('bus_dead_letters_total{topic="market:chains",group="enricher"} 1');
    expect(metrics).toContain('bus_redeliveries_total{topic="market:chains",group="enricher"} 4');
    expect(metrics).toContain('bus_backlog{topic="market:chains",group="enricher"} 0');
    expect(metrics).toContain('queue_dead{queue="enrich-chain"} 1');
  });
});

describe('what is stored over REST', () => {
  const status = {
    datasets: [
      {
        dataset: 'recorded',
        counts: { snapshots: 6, quotes: 30, ticks: 1, bars: 2, bytes: 4096 },
        products: [
          {
            product: 'NIFTY',
            expiries: 1,
            from: '2026-08-19T12:00:00.000Z',
            to: '2026-08-20T12:00:00.000Z',
            gaps: [{ from: '2026-08-20T03:45:00.000Z', to: '2026-08-20T04:00:00.000Z', session: null }],
          },
        ],
        problem: null,
      },
    ],
    bytes: [{ kind: 'quotes', holds: 'quotes of a day', files: 2, bytes: 4096 }],
  };

  it('is for administrators, as a table too, and looked at once for all who ask meanwhile', async () => {
    let looks = 0;
    const looked = Promise.withResolvers<typeof status>();
    const storedData = () => {
      looks++;
      return looked.promise;
    };
    const [bus, queue] = [createMemoryBus(), createMemoryQueue()];
    const { routes } = createOperations({ bus, queue, verifier, storedData });
    const app = createServiceApp({ logger: silentLogger, verifier, tokensRequired: false });
    if (routes) await app.register(routes);
    const ask = async (role: string | null, accept = 'application/json') => {
      const authorization = role === null ? {} : { authorization: `Bearer ${await tokenOf(role)}` };
      return app.inject({ url: '/api/admin/stored-data', headers: { accept, ...authorization } });
    };
    expect((await ask(null)).statusCode).toBe(401);
    expect((await ask('trader')).statusCode).toBe(403);
    expect(looks).toBe(0);
    const asked = [ask('admin'), ask('admin', 'text/csv')];
    await vi.waitFor(() => expect(looks).toBe(1));
    looked.resolve(status);
    const [json, csv] = await Promise.all(asked);
    expect(json.json()).toEqual(status);
    expect(csv.body.trim().split(/\r?\n/)).toEqual([
      'dataset,product,from,to,expiries,gaps',
      'recorded,NIFTY,2026-08-19T12:00:00.000Z,2026-08-20T12:00:00.000Z,1,1',
    ]);
    await app.close();
    await Promise.all([bus.close(), queue.close()]);
  });
});
