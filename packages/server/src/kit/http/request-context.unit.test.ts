import { afterEach, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/log.ts';
import { createHttpApp } from './http.ts';

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
