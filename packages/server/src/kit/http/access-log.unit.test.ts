import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { createHttpApp } from './http.ts';

it('is not searched for secrets, which it has no field for', async () => {
  const lines: Record<string, unknown>[] = [];
  const censor = vi.fn(() => '[removed]');
  const logger = pino(
    { level: 'info', redact: { paths: ['route', '*.token', '*.*.token'], censor } },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const app = createHttpApp({ logger, accessLog: 'info' });
  app.get('/things/:id', async () => ({}));
  await app.inject('/things/1?token=secret');
  await app.close();
  const own = ['level', 'time', 'pid', 'hostname'];
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ method: 'GET', route: '/things/:id', status: 200, msg: 'request' });
  expect(Object.keys(lines[0]).filter((name) => !own.includes(name))).toEqual([
    'reqId',
    'method',
    'route',
    'status',
    'ms',
    'trace_id',
    'msg',
  ]);
  expect(censor).not.toHaveBeenCalled();
});
