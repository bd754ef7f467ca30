import { expect, it, vi } from 'vitest';
import type { LineBatch } from '../../ports/stores/logs/log-store.ts';
import { createLogger } from '../logging/log.ts';
import { createHttpApp } from './http.ts';
import { contextOf } from './request-context.ts';

async function linesOf(ask: (app: ReturnType<typeof createHttpApp>) => Promise<unknown>) {
  const lines: string[] = [];
  const write = vi.fn((line: string) => void lines.push(line));
  const logger = createLogger('info', { write }).child({ service: 'storage' });
  const app = createHttpApp({ logger, accessLog: 'info' });
  app.get('/things/:product', async () => ({}));
  await ask(app);
  expect(write).not.toHaveBeenCalled();
  await app.close();
  return lines.map((line) => JSON.parse(line));
}

it('is a line for each request, which leaves after the responses', async () => {
  const lines = await linesOf(async (app) => {
    await app.inject('/things/1?token=secret');
    await app.inject({ url: '/things/NIFTY', headers: { 'x-request-id': 'mine' } });
    await app.inject(`/nowhere/"${'x'.repeat(50)}`);
  });
  expect(lines.map(({ status, product }) => [status, product])).toEqual([
    [200, '1'],
    [200, 'NIFTY'],
    [404, undefined],
  ]);
  expect(lines[1]).toEqual({
    level: 'info',
    timestamp: expect.any(Number),
    service: 'storage',
    event: 'request_completed',
    request_id: 'mine',
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    product: 'NIFTY',
    method: 'GET',
    route: '/things/:product',
    status: 200,
    ms: expect.any(Number),
    message: 'request',
  });
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('says of each request its own user, product, method, route and status, whatever the one before said', async () => {
  const asked = [
    ['GET', '/things/NIFTY', 'ann', 200],
    ['GET', '/things/NIFTY', 'bob', 200],
    ['POST', '/things/NIFTY', 'bob', 201],
    ['GET', '/things/BTC', undefined, 200],
    ['GET', '/others', 'ann', 409],
    ['GET', '/others', 'ann', 200],
    ['GET', '/nowhere', undefined, 404],
    ['GET', '/things/BTC', '"\\', 200],
  ] as const;
  const lines = await linesOf(async (app) => {
    app.addHook('onRequest', async (request) => {
      const context = contextOf(request);
      const { user } = request.headers;
      if (context && typeof user === 'string') context.user_id = user;
    });
    app.post('/things/:product', async (_request, reply) => reply.code(201).send({}));
    app.get('/others', async ({ headers }, reply) => reply.code(Number(headers.wanted)).send({}));
    for (const [method, url, user, wanted] of asked)
      await app.inject({ method, url, headers: { wanted: String(wanted), ...(user && { user }) } });
  });
  const routes = {
    '/things/NIFTY': '/things/:product',
    '/things/BTC': '/things/:product',
    '/others': '/others',
  };
  expect(
    lines.map(({ method, route, user_id, product, status }) => [method, route, user_id, product, status]),
  ).toEqual(
    asked.map(([method, url, user, status]) => {
      const [, , product] = url.split('/');
      return [method, url === '/nowhere' ? null : routes[url], user, product, status];
    }),
  );
});

it('waits for no more than so many others', async () => {
  const write = vi.fn();
  const app = createHttpApp({ logger: createLogger('info', { write }), accessLog: 'info' });
  for (let i = 0; i < 256; i++) await app.inject('/');
  expect(write).toHaveBeenCalled();
  await app.close();
});

it('hands over its lines as bytes that are used again, where they are taken so', async () => {
  const taken: string[] = [];
  const counts: number[] = [];
  const given = new Set<ArrayBufferLike>();
  const destination = {
    write: vi.fn(),
    writeBatch({ bytes, count }: LineBatch, level: string) {
      expect(level).toBe('info');
      given.add(bytes.buffer);
      counts.push(count);
      taken.push(...Buffer.from(bytes).toString().trimEnd().split('\n'));
    },
  };
  const app = createHttpApp({ logger: createLogger('info', destination), accessLog: 'info' });
  app.get('/things/:product', async () => ({}));
  for (let i = 0; i < 300; i++) await app.inject(`/things/${encodeURIComponent(`ü${i}`)}`);
  await app.close();
  expect(counts).toEqual([256, 44]);
  expect(taken.map((line) => JSON.parse(line).product)).toEqual(
    Array.from({ length: 300 }, (_, i) => `ü${i}`),
  );
  expect(given.size).toBe(1);
  expect(destination.write).not.toHaveBeenCalled();
});
