import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERTS, type Alert, type LogAlertView } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import type { HttpApp } from '../../../kit/http/http.ts';
import { createServiceApp } from '../../../kit/lifecycle/standalone.ts';
import { createLogger, type Logger, serviceLogger } from '../../../kit/logging/log.ts';
import { createTokens } from '../../../kit/tokens/tokens.fixture.ts';
import type { Bus } from '../../../ports/bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { LogStore } from '../../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingConfig, type LoggingService } from '../service.ts';

const { verifier, tokenOf } = await createTokens();
const RULE = { name: 'many failed logins', event: 'login_refused', above: 100, window_seconds: 60 };

let folder: string;
let store: LogStore;
let bus: Bus;
let logger: Logger;
let logging: LoggingService;
let app: HttpApp;
let alerts: Alert[];
let isBusAway: boolean;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-alerts-'));
});
afterEach(async () => {
  await end();
  await rm(folder, { recursive: true });
});

async function start(config: Partial<LoggingConfig> = {}) {
  store = await createFileLogStore({ folder: join(folder, 'logs') });
  const memory = createMemoryBus();
  isBusAway = false;
  bus = {
    ...memory,
    publish: async (...given) => {
      if (isBusAway) throw new Error('the bus is away');
      return memory.publish(...given);
    },
  };
  alerts = [];
  await bus.follow(ALERTS.name, 'latest', ({ frame }) => {
    alerts.push(ALERTS.frames.decode(frame));
  });
  logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
  logging = createLogging(
    { logs: store, clock: systemClock, logger, verifier, bus },
    { flushIntervalMs: 10, alertCheckMs: 10, folder: join(folder, 'logs'), ...config },
  );
  app = createServiceApp({ logger, verifier, tokensRequired: false });
  if (logging.routes) await app.register(logging.routes);
  await logging.start();
}

async function end() {
  await app.close();
  await logging.stop();
  await store.close();
  await bus.close();
}

const ask = async (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  url: string,
  payload?: object,
  role = 'admin',
) => {
  const headers = { authorization: `Bearer ${await tokenOf(role)}` };
  return app.inject({ method, url, payload, headers });
};
const standing = async (): Promise<LogAlertView[]> => (await ask('GET', '/api/logs/alerts')).json().alerts;
const fail = (times: number) => {
  const auth = serviceLogger(logger, 'auth');
  for (let i = 0; i < times; i++) auth.event('login_refused', { i });
};

it('publishes an alert if an event happens more than 100 times a minute, once', async () => {
  await start();
  const made = await ask('POST', '/api/logs/alerts', RULE);
  expect(made.statusCode).toBe(201);
  fail(100);
  await expect.poll(async () => (await standing())[0].count).toBe(100);
  expect(alerts).toEqual([]);
  fail(150);
  await expect.poll(() => alerts.length).toBe(1);
  expect(alerts[0]).toMatchObject({
    ...{ product: null, kind: 'log_count', severity: 'warning', value: 101, threshold: 100 },
    message: 'many failed logins: more than 100 lines of login_refused in 60 s',
    log: { rule_id: made.json().id, rule: RULE.name, state: 'firing', window_seconds: 60 },
  });
  expect((await standing())[0]).toMatchObject({ state: 'firing', origin: 'api', rule: RULE });
  await expect.poll(async () => (await store.query({ event: 'log_alert_fired', limit: 10 })).length).toBe(1);
  expect(alerts).toHaveLength(1);
});

it('says that it is over', async () => {
  await start();
  await ask('POST', '/api/logs/alerts', { ...RULE, above: 2, window_seconds: 1 });
  fail(3);
  await expect.poll(() => alerts.map(({ log }) => log?.state)).toEqual(['firing', 'resolved']);
  expect(alerts.map(({ seq }) => seq)).toEqual([1, 2]);
});

it('changes, removes and bounds rules, and has them after a restart', async () => {
  await start({ alertRules: 2 });
  const { id } = (await ask('POST', '/api/logs/alerts', RULE)).json();
  const other = (await ask('POST', '/api/logs/alerts', { ...RULE, name: 'other', enabled: false })).json();
  expect(other.state).toBe('disabled');
  expect((await ask('POST', '/api/logs/alerts', RULE)).json().code).toBe('limit_reached');
  expect((await ask('PUT', `/api/logs/alerts/${id}`, { ...RULE, above: 7 })).json().rule.above).toBe(7);
  expect((await ask('DELETE', `/api/logs/alerts/${other.id}`)).statusCode).toBe(200);
  expect((await ask('GET', `/api/logs/alerts/${other.id}`)).statusCode).toBe(404);
  expect((await ask('PUT', '/api/logs/alerts/none', RULE)).statusCode).toBe(404);
  await end();
  await start();
  expect(await standing()).toMatchObject([{ id, rule: { ...RULE, above: 7 }, state: 'ok' }]);
});

it('refuses a rule that is wrong, and those who may not', async () => {
  await start();
  for (const wrong of [
    { ...RULE, above: -1 },
    { ...RULE, window_seconds: 0 },
    { ...RULE, colour: 'red' },
    { above: 1 },
  ])
    expect((await ask('POST', '/api/logs/alerts', wrong)).statusCode).toBe(400);
  expect((await ask('POST', '/api/logs/alerts', RULE, 'trader')).statusCode).toBe(403);
  expect((await ask('GET', '/api/logs/alerts', undefined, 'viewer')).statusCode).toBe(403);
  expect((await app.inject({ url: '/api/logs/alerts' })).statusCode).toBe(401);
});

it('takes rules from a file, which are changed there only', async () => {
  const file = join(folder, 'rules.json');
  await writeFile(file, JSON.stringify([{ ...RULE, above: 1 }]));
  await start({ logAlerts: file });
  fail(2);
  await expect.poll(() => alerts.length).toBe(1);
  const [{ id, origin }] = await standing();
  expect({ id, origin }).toEqual({ id: 'file-many-failed-logins', origin: 'file' });
  expect((await ask('DELETE', `/api/logs/alerts/${id}`)).json().detail).toContain('--log-alerts');
});

it.each([
  ['{', /--log-alerts .*JSON/],
  ['{}', /is not an array of rules/],
  [JSON.stringify([RULE, { ...RULE, above: 'x' }]), /rule 2.above/],
  [JSON.stringify([RULE, RULE]), /rule 2 has the name of another/],
])('does not start with a file that says %s', async (text, message) => {
  await start();
  const file = join(folder, 'rules.json');
  await writeFile(file, text);
  const ports = { logs: store, clock: systemClock, logger, verifier, bus };
  expect(() => createLogging(ports, { folder: join(folder, 'logs'), logAlerts: file })).toThrow(message);
});

it('keeps stored rules aside that cannot be read, and says so', async () => {
  await start();
  await end();
  await writeFile(join(folder, 'logs', 'alerts.json'), '{"rules":');
  await start();
  expect(await standing()).toEqual([]);
  expect((await readdir(join(folder, 'logs'))).some((name) => name.startsWith('alerts.json.damaged-'))).toBe(
    true,
  );
  await expect
    .poll(async () => (await store.query({ event: 'log_alert_rules_damaged', limit: 1 })).length)
    .toBe(1);
});

it('publishes what happened while the bus was away once it is back', async () => {
  await start();
  await ask('POST', '/api/logs/alerts', { ...RULE, above: 0 });
  isBusAway = true;
  fail(1);
  await expect.poll(async () => (await standing())[0].state).toBe('firing');
  await expect
    .poll(async () => (await store.query({ event: 'log_alert_not_published', limit: 10 })).length)
    .toBe(1);
  isBusAway = false;
  await expect.poll(() => alerts.length).toBe(1);
});
