import { setTimeout as pause } from 'node:timers/promises';
import { ALERTS, type Alert, type LogAlertRule } from '@deltastream/contracts';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createSaver } from './kept-states.ts';
import { createLogAlerts } from './log-alerts.ts';
import type { KnownRule, StoredRules } from './rules.ts';

const START = 1_795_680_000_000;
const RULE: LogAlertRule = { name: 'many', above: 0, window_seconds: 1 };

/** Rules that are written a turn of the event loop later. */
function rulesInMemory(): StoredRules {
  const rules = new Map<string, KnownRule>();
  return {
    keptAside: null,
    all: () => [...rules.values()],
    async put(id, rule) {
      await pause(0);
      rules.set(id, { id, origin: 'api', rule });
    },
    async remove(id) {
      await pause(0);
      rules.delete(id);
    },
  };
}

function underTest() {
  const clock = createManualClock(START);
  const registry = new Registry();
  const published: Alert[] = [];
  const lines: LogEntry[] = [];
  const alerts = createLogAlerts({
    ...{ clock, registry, fileRules: [], stored: rulesInMemory() },
    logger: createLogger('info', {
      write(line) {
        const { level, event, message, timestamp: _, ...fields } = JSON.parse(line);
        lines.push({
          ...{ ...NO_CONTEXT, timestamp: clock.now(), service: 'logging' },
          ...{ level, event, message, fields },
        });
      },
    }),
    bus: {
      async publish(_topic, frame) {
        published.push(ALERTS.frames.decode(frame));
        return '1';
      },
    } as Parameters<typeof createLogAlerts>[0]['bus'],
    logs: { query: async () => [] },
    states: { read: async () => ({ rules: [], unpublished: [] }), write: async () => undefined },
    settings: { alertRules: 3, alertCheckMs: 1_000, alertLateMs: 0, alertRestoreMs: 1_000 },
  });
  const line = (event: string | null = null): LogEntry => ({
    ...{ timestamp: clock.now(), level: 'warn', service: 'feed', message: 'late' },
    ...NO_CONTEXT,
    event,
    fields: {},
  });
  return { alerts, clock, lines, published, registry, line };
}

it('does not take more rules than the limit of those that come together', async () => {
  const { alerts } = underTest();
  const made = await Promise.allSettled(Array.from({ length: 8 }, () => alerts.create(RULE)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  expect(alerts.list()).toHaveLength(3);
  await alerts.remove(alerts.list()[0].id);
  await alerts.create(RULE);
});

it('says of a rule that fires and is removed, replaced or disabled that it is over', async () => {
  const { alerts, published, line, clock } = underTest();
  const rules = [await alerts.create(RULE), await alerts.create(RULE), await alerts.create(RULE)];
  alerts.publish([line()]);
  await expect.poll(() => published.map(({ log }) => log?.state)).toEqual(['firing', 'firing', 'firing']);
  await alerts.remove(rules[0].id);
  await alerts.replace(rules[1].id, { ...RULE, above: 5 });
  await alerts.replace(rules[2].id, { ...RULE, enabled: false });
  await expect
    .poll(() => published.slice(3).map(({ log }) => [log?.state, log?.rule_id]))
    .toEqual(rules.map(({ id }) => ['resolved', id]));
  clock.set(START + 60_000);
  await alerts.remove(rules[1].id);
  await pause(5);
  expect(published).toHaveLength(6);
});

it('does not count the lines that rules cause, unless a rule asks for those of others', async () => {
  const { alerts, lines, line, published } = underTest();
  await alerts.create({ ...RULE, event: 'venue_silent' });
  const { id: anyLine } = await alerts.create({ ...RULE, name: 'any line', above: 1 });
  const { id: anyAlert } = await alerts.create({ ...RULE, name: 'any alert', event: 'log_alert_fired' });
  alerts.publish([line('venue_silent')]);
  alerts.publish(lines.splice(0));
  alerts.publish(lines.splice(0));
  expect(alerts.get(anyLine)).toMatchObject({ state: 'ok', count: 1 });
  expect(alerts.get(anyAlert)).toMatchObject({ state: 'firing', count: 1 });
  await expect.poll(() => published.length).toBe(2);
});

it('does not fire again for its own line', async () => {
  const { alerts, lines, line, published, clock } = underTest();
  const { id } = await alerts.create({ ...RULE, event: 'log_alert_fired' });
  alerts.publish([line('log_alert_fired')]);
  clock.set(START + 1_000);
  alerts.publish(lines.splice(0).map((each) => ({ ...each, timestamp: clock.now() })));
  expect(alerts.get(id).count).toBe(0);
  await expect.poll(() => published.length).toBe(1);
});

it('exports that a rule fires when another one of its name does not', async () => {
  const { alerts, line, registry } = underTest();
  await alerts.create({ ...RULE, level: 'warn' });
  await alerts.create({ ...RULE, level: 'fatal' });
  alerts.publish([line()]);
  expect(await registry.metrics()).toContain('deltastream_logging_alerts_firing{rule="many"} 1');
});

it('writes one state at a time, and what changes meanwhile with the next', async () => {
  const writes: PromiseWithResolvers<void>[] = [];
  const save = createSaver(() => {
    const write = Promise.withResolvers<void>();
    writes.push(write);
    return write.promise;
  });
  const first = save();
  const [second, third] = [save(), save()];
  expect(writes).toHaveLength(1);
  writes[0].reject(new Error('no room'));
  await expect(first).rejects.toThrow('no room');
  await expect.poll(() => writes.length).toBe(2);
  writes[1].resolve();
  await Promise.all([second, third]);
  expect(writes).toHaveLength(2);
});
