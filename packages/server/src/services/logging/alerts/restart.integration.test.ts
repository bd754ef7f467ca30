import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALERTS, type Alert } from '@deltastream/contracts';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger, serviceLogger } from '../../../kit/logging/log.ts';
import type { Bus } from '../../../ports/bus.ts';
import { systemClock } from '../../../ports/clock.ts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createLogging, type LoggingConfig, type LoggingService } from '../service.ts';

const RULE = { name: 'many failed logins', event: 'login_refused', above: 10, window_seconds: 3_600 };

let folder: string;
let rules: string;
const ends: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alert-restart-'));
  rules = join(folder, 'rules.json');
  await writeFile(rules, JSON.stringify([RULE]));
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await rm(folder, { recursive: true });
});

async function start(config: Partial<LoggingConfig> = {}, isBusAway = () => false) {
  const logs = await createFileLogStore({ folder });
  const memory = createMemoryBus();
  const bus: Bus = {
    ...memory,
    publish: (...given) => (isBusAway() ? Promise.reject(new Error('away')) : memory.publish(...given)),
  };
  const alerts: Alert[] = [];
  await bus.follow(ALERTS.name, 'latest', ({ frame }) => {
    alerts.push(ALERTS.frames.decode(frame));
  });
  const logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
  const logging: LoggingService = createLogging(
    { logs, clock: systemClock, logger, bus },
    { folder, flushIntervalMs: 10, alertCheckMs: 10, logAlerts: rules, ...config },
  );
  await logging.start();
  const end = async () => {
    await logging.stop();
    await logs.close();
    await bus.close();
  };
  ends.push(end);
  const fail = (times: number) => {
    for (let i = 0; i < times; i++) serviceLogger(logger, 'auth').event('login_refused', { i });
  };
  const stop = () => {
    ends.splice(ends.indexOf(end), 1);
    return end();
  };
  const lines = async (event: string) => (await logs.query({ event, limit: 100 })).length;
  return { alerts, fail, logs, stop, lines };
}

it('does not fire again for the same lines after a kill, and is over when there are no more', async () => {
  const child = fork(new URL('./burst-then-killed.fixture.ts', import.meta.url), [folder, rules]);
  const [fired] = (await once(child, 'message')) as [Alert];
  expect(fired.log?.state).toBe('firing');
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;

  const { alerts, fail, stop, lines } = await start();
  fail(5);
  await expect.poll(() => lines('login_refused')).toBe(55);
  // Once more perhaps, where the kill came before it was noted; as the same alert.
  expect(alerts.filter(({ id }) => id !== fired.id)).toEqual([]);
  await stop();

  await writeFile(rules, JSON.stringify([{ ...RULE, above: 9_000 }]));
  const changed = await start();
  await expect.poll(() => changed.alerts.map(({ log }) => log?.state)).toEqual(['resolved']);
  expect(changed.alerts[0].message).toContain('was changed or removed');
});

it('resolves a rule that fired before a restart once its window is over', async () => {
  await writeFile(rules, JSON.stringify([{ ...RULE, window_seconds: 1 }]));
  const first = await start({ alertCheckMs: 60_000 });
  first.fail(20);
  await expect.poll(() => first.alerts.length).toBe(1);
  await first.stop();
  const second = await start();
  await expect.poll(() => second.alerts.map(({ log }) => log?.state)).toEqual(['resolved']);
});

it('counts what is stored of the window that is under way', async () => {
  const first = await start();
  first.fail(8);
  await expect.poll(() => first.lines('login_refused')).toBe(8);
  await first.stop();
  expect(first.alerts).toEqual([]);
  const second = await start();
  second.fail(3);
  await expect.poll(() => second.alerts.map(({ log }) => log?.state)).toEqual(['firing']);
});

it('fires for lines that the store took just before a kill, and nobody had counted', async () => {
  const logs = await createFileLogStore({ folder });
  const entry: LogEntry = {
    ...{ timestamp: Date.now(), level: 'warn', service: 'auth', message: 'login' },
    ...NO_CONTEXT,
    event: 'login_refused',
    fields: {},
  };
  await logs.append(Array.from({ length: 20 }, () => entry));
  await logs.close();
  const { alerts } = await start();
  await expect.poll(() => alerts.map(({ log }) => log?.state)).toEqual(['firing']);
});

it('publishes after a restart what it could not, once', async () => {
  const first = await start({}, () => true);
  first.fail(20);
  await expect.poll(() => first.lines('log_alert_fired')).toBe(1);
  await first.stop();
  const second = await start();
  await expect.poll(() => second.alerts.map(({ log }) => log?.state)).toEqual(['firing']);
  await second.stop();
  const third = await start();
  third.fail(1);
  await expect.poll(() => third.lines('login_refused')).toBe(21);
  expect(third.alerts).toEqual([]);
});

it('counts from now on, and says so, where stored lines are not read in time', async () => {
  const { lines, fail, alerts } = await start({ alertRestoreMs: 0 });
  await expect.poll(() => lines('log_alert_counts_not_rebuilt')).toBe(1);
  fail(20);
  await expect.poll(() => alerts.length).toBe(1);
});
