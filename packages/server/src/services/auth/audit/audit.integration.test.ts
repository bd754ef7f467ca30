import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { createHttpApp } from '../../../kit/http/http.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import { createLogging } from '../../logging/service.ts';
import { NOW_MS, PASSWORD, RELAXED, trader } from '../auth.fixture.ts';
import { createAuth } from '../service.ts';

let folder: string;
let logs: LogStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audit-'));
  logs = await createFileLogStore({ folder: join(folder, 'logs') });
});
afterEach(async () => {
  await logs.close();
  await rm(folder, { recursive: true });
});

it('security events are kept by the logging service and in the trail, in order, without secrets or emails', async () => {
  const clock = createManualClock(NOW_MS);
  const logger = createLogger('info', { write: (line) => logging.logSink.write(line) });
  const logging = createLogging({ logs, clock, logger }, { flushIntervalMs: 5 });
  const bus = createMemoryBus();
  const users = createMemoryUserStore();
  const auth = createAuth({ users, bus, clock, logger }, { keyFile: join(folder, 'key.json'), ...RELAXED });
  const app = createHttpApp({ logger });
  if (auth.routes) await app.register(auth.routes);
  await Promise.all([logging.start(), auth.start()]);
  const post = async (path: string, payload: object, token?: string) => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    return (await app.inject({ method: 'POST', url: `/api/auth/${path}`, payload, headers })).json();
  };

  const first = await post('register', trader);
  await post('login', { ...trader, password: 'wrong password' });
  const second = await post('login', trader);
  await post('refresh', { refresh_token: second.refresh_token });
  clock.set(NOW_MS + 11_000);
  await post('refresh', { refresh_token: second.refresh_token });
  const keyBody = { name: 'bot', scopes: ['market:read'], password: PASSWORD };
  const key = await post('keys', keyBody, first.token);
  await post('keys/revoke', { key_id: key.id }, first.token);
  const change = { current_password: PASSWORD, new_password: 'another horse battery' };
  await post('password', { ...change, current_password: 'wrong password' }, first.token);
  await post('password', change, first.token);
  await post('logout', { refresh_token: first.refresh_token });

  await app.close();
  await auth.stop();
  const trail = await users.auditFrom(1, 100);
  await logging.stop();
  await bus.close();
  const entries = (await logs.query({ service: 'auth', limit: 100 })).toReversed();
  const audit = entries.filter(({ fields }) => fields.audit === true);
  expect(audit.map(({ event }) => event)).toEqual([
    'user_registered',
    'login_refused',
    'login_succeeded',
    'session_reused',
    'api_key_created',
    'api_key_revoked',
    'confirmation_refused',
    'password_changed',
    'session_revoked',
  ]);
  expect(audit[1]).toMatchObject({ level: 'info', user_id: first.user.id, fields: { ip: '127.0.0.1' } });
  expect(audit[3]).toMatchObject({ level: 'warn', user_id: first.user.id });
  expect(trail.map(({ event }) => event)).toEqual(['audit_started', ...audit.map(({ event }) => event)]);
  expect(JSON.parse(trail[2].details)).toMatchObject({ user_id: first.user.id, ip: '127.0.0.1' });
  const text = JSON.stringify([entries, trail]);
  const secrets = [first, second].flatMap(({ token, refresh_token }) => [token, ...refresh_token.split('.')]);
  for (const secret of [...secrets, key.key, PASSWORD, 'wrong password', change.new_password, trader.email]) {
    expect(text).not.toContain(secret);
  }
});
