import { setImmediate } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/log.ts';
import { logContext } from '../tracing/trace-context.ts';
import { createHttpApp } from './http.ts';
import { contextOf, traceOf } from './request-context.ts';

afterEach(() => vi.restoreAllMocks());

it('records requests that ask for it, up to the number of its setting in a second', async () => {
  const spans: string[] = [];
  const sink = { write: (line: string) => void (line.includes('"event":"span"') && spans.push(line)) };
  const logger = createLogger('info', sink, {
    ...{ traceSampleRate: 1e-12, traceSlowMs: 60_000 },
    traceAskedPerSecond: 7,
  });
  const app = createHttpApp({ logger });
  app.get('/things', async () => ({}));
  const ask = async (times: number) => {
    const headers = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    for (let i = 0; i < times; i++) await app.inject({ url: '/things', headers });
  };
  const now = vi.spyOn(performance, 'now').mockReturnValue(5_000);
  await ask(20);
  expect(spans).toHaveLength(7);
  now.mockReturnValue(6_000);
  await ask(1);
  expect(spans).toHaveLength(8);
  await app.close();
});

it('says for whom a request is done in all that is logged meanwhile, whenever somebody asks', async () => {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const app = createHttpApp({ logger, accessLog: 'info' });
  app.addHook('onRequest', async (request) => {
    await setImmediate();
    const context = contextOf(request);
    expect(logContext()).toBe(context);
    if (context) context.user_id = '123';
  });
  for (const method of ['GET', 'POST'] as const) {
    app.route({
      method,
      url: '/things/:product',
      handler: async (request) => {
        await setImmediate();
        logger.event('feed_started');
        return traceOf(request).traceId;
      },
    });
  }
  const read = await app.inject('/things/NIFTY');
  const written = await app.inject({ url: '/things/BTC', method: 'POST', payload: { a: 1 } });
  await app.close();
  for (const [{ body, headers }, product] of [
    [read, 'NIFTY'],
    [written, 'BTC'],
  ] as const) {
    const own = lines.filter(({ request_id }) => request_id === headers['x-request-id']);
    expect(own.map(({ event }) => event)).toEqual(['feed_started', 'request_completed']);
    const said = { trace_id: body, span_id: own[0].span_id, user_id: '123', product };
    for (const line of own) expect(line).toMatchObject(said);
  }
  expect(read.body).toMatch(/^[0-9a-f]{32}$/);
  expect(written.body).not.toBe(read.body);
});

it('records what fails or is slow, though nobody samples it', async () => {
  const spans: Record<string, unknown>[] = [];
  const logger = createLogger(
    'warn',
    { write: () => {}, record: (line) => void spans.push(JSON.parse(line)) },
    { traceSampleRate: 0, traceSlowMs: 30, traceAskedPerSecond: 50 },
  );
  const app = createHttpApp({ logger });
  app.get('/fast', async () => ({}));
  app.get('/slow', async () => {
    await new Promise((resolve) => setTimeout(resolve, 40));
    return {};
  });
  const failed: string[] = [];
  vi.spyOn(logger.lines, 'write').mockImplementation((line) => void failed.push(line));
  app.get('/failing', async () => {
    throw new Error('broken');
  });
  for (const url of ['/fast', '/slow', '/failing']) await app.inject(url);
  await app.close();
  expect(spans.map(({ name, outcome }) => [name, outcome])).toEqual([['GET /slow', 'ok']]);
  expect(failed.map((line) => JSON.parse(line)).filter(({ event }) => event === 'span')).toMatchObject([
    { name: 'GET /failing', outcome: 'error', level: 'warn', status: 500 },
  ]);
});
