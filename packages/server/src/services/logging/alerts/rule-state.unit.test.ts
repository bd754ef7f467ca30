import type { LogAlertRule } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createManualClock } from '../../../ports/clock.ts';
import { type LogEntry, NO_CONTEXT } from '../../../ports/stores/logs/log-store.ts';
import { createRuleState, type RuleChange } from './rule-state.ts';

const MINUTE_MS = 60_000;
const START = 1_795_680_000_000;

const line = (timestamp: number, more: Partial<LogEntry> = {}): LogEntry => ({
  ...{ timestamp, level: 'warn', service: 'auth', message: 'login failed' },
  ...NO_CONTEXT,
  event: 'login_refused',
  fields: { reason: 'bad_password' },
  ...more,
});

function ruleUnderTest(rule: Partial<LogAlertRule> = {}) {
  const clock = createManualClock(START);
  const state = createRuleState(
    { name: 'many failed logins', event: 'login_refused', above: 100, window_seconds: 60, ...rule },
    { clock, lateMs: 5 * MINUTE_MS },
  );
  const changes: RuleChange[] = [];
  const note = (change: RuleChange | null) => change !== null && changes.push(change);
  return {
    ...{ clock, state, changes },
    add: (...entries: LogEntry[]) => {
      for (const entry of entries) note(state.add(entry));
    },
    passTo(ms: number) {
      clock.set(START + ms);
      note(state.check());
    },
  };
}

const many = (count: number, from: number, overMs: number) =>
  Array.from({ length: count }, (_, i) => line(from + Math.floor((i * overMs) / count)));

it('fires if an event happens more than 100 times a minute, once, and is over when it does not', () => {
  const { add, passTo, changes, state } = ruleUnderTest();
  add(...many(100, START - MINUTE_MS + 1, MINUTE_MS - 1));
  expect(changes).toEqual([]);
  add(line(START));
  expect(changes).toEqual([{ state: 'firing', count: 101 }]);
  expect(state.firingSince()).toBe(START);
  add(...many(200, START - 1_000, 1_000));
  passTo(30_000);
  expect(changes).toHaveLength(1);
  passTo(MINUTE_MS);
  expect(changes).toEqual([
    { state: 'firing', count: 101 },
    { state: 'resolved', count: 0 },
  ]);
});

it('counts to the millisecond, and only lines of the rule', () => {
  const { add, changes } = ruleUnderTest({ above: 2, level: 'warn', fields: { reason: 'bad_password' } });
  add(line(START - MINUTE_MS), line(START - MINUTE_MS + 1), line(START));
  expect(changes).toEqual([]);
  add(
    line(START, { event: 'logout' }),
    line(START, { level: 'info' }),
    line(START, { fields: { reason: 'no_such_account' } }),
  );
  expect(changes).toEqual([]);
  add(line(START - 1));
  expect(changes).toHaveLength(1);
});

it('counts late lines where they belong, and those that came too late not at all', () => {
  const { add, passTo, changes, state } = ruleUnderTest({ above: 10 });
  add(...many(11, START - 3 * MINUTE_MS, MINUTE_MS).toReversed());
  expect(changes).toEqual([{ state: 'firing', count: 11 }]);
  passTo(1_000);
  expect(changes.at(-1)).toEqual({ state: 'resolved', count: 0 });
  passTo(2 * MINUTE_MS);
  add(line(START - 2.5 * MINUTE_MS));
  expect(changes).toHaveLength(2);
  add(...many(50, START - 20 * MINUTE_MS, 1_000));
  expect(state.late()).toBe(50);
  expect(changes).toHaveLength(2);
});

it('counts lines from the future when they come', () => {
  const { add, passTo, changes } = ruleUnderTest({ above: 10 });
  add(...many(10, START + 10 * MINUTE_MS, 5 * MINUTE_MS));
  expect(changes).toEqual([]);
  passTo(2 * MINUTE_MS);
  add(line(START + 60 * MINUTE_MS));
  expect(changes).toEqual([]);
  add(...many(10, START + 90 * MINUTE_MS, 1_000));
  expect(changes).toEqual([{ state: 'firing', count: 11 }]);
  passTo(3 * MINUTE_MS);
  expect(changes.at(-1)).toEqual({ state: 'resolved', count: 0 });
});

it('fires at most once a window however often the number crosses the bound', () => {
  const { add, passTo, changes } = ruleUnderTest({ above: 0, window_seconds: 10 });
  for (let ms = 0; ms < 10 * MINUTE_MS; ms += 100) {
    passTo(ms);
    if (ms % 11_000 === 0) add(line(START + ms));
  }
  const fired = changes.filter(({ state }) => state === 'firing').length;
  expect(fired).toBeGreaterThan(40);
  expect(fired).toBeLessThanOrEqual(60);
  expect(changes.every(({ state }, i) => (state === 'firing') === (i % 2 === 0))).toBe(true);
});

it('says what fires still when its window is over', () => {
  const { add, passTo, changes } = ruleUnderTest({ above: 2, window_seconds: 10 });
  for (let ms = 0; ms <= 40_000; ms += 1_000) {
    passTo(ms);
    add(line(START + ms));
  }
  expect(changes).toEqual([{ state: 'firing', count: 3 }]);
});

it.each([5, 60 * MINUTE_MS])('counts on when the clock is set back by %d ms', (byMs) => {
  const { add, clock, state, changes } = ruleUnderTest({ above: 2 });
  add(...many(2, START - 10, 10));
  clock.step(-byMs);
  expect(state.check()).toBeNull();
  add(line(START - byMs));
  expect(changes).toEqual([{ state: 'firing', count: 3 }]);
  clock.step(-byMs);
  expect(state.check()).toBeNull();
  expect(state.count()).toBe(3);
  clock.set(START - 2 * byMs + MINUTE_MS);
  expect(state.check()).toEqual({ state: 'resolved', count: 0 });
  add(...many(3, clock.now() - 10, 10));
  expect(changes).toHaveLength(2);
});

it('stands after a restart as it did: what fired does not fire again, and is over when its window is', () => {
  const before = ruleUnderTest({ above: 2 });
  before.add(line(START), line(START), line(START));
  expect(before.changes).toEqual([{ state: 'firing', count: 3 }]);
  const standing = before.state.standing();
  expect(standing).toEqual({ firing_since: START, fired_at: START, settled: null });

  const after = ruleUnderTest({ above: 2 });
  after.clock.set(START + 20_000);
  if (standing !== null) after.state.restore(standing);
  after.add(line(START), line(START), line(START));
  expect(after.state.firingSince()).toBe(START);
  after.passTo(59_999);
  expect(after.changes).toEqual([]);
  after.passTo(MINUTE_MS);
  expect(after.changes).toEqual([{ state: 'resolved', count: 0 }]);

  const again = ruleUnderTest({ above: 2 });
  again.clock.set(START + MINUTE_MS + 1_000);
  const settled = after.state.standing();
  if (settled !== null) again.state.restore(settled);
  // Late lines of the same burst.
  again.add(line(START), line(START), line(START));
  again.passTo(MINUTE_MS + 2_000);
  expect(again.changes).toEqual([]);
});

it('takes instants that the clock has not come to for now', () => {
  const { state, clock, passTo, changes } = ruleUnderTest({ above: 0 });
  state.restore({ firing_since: START + 1e9, fired_at: START + 1e9, settled: START + 1e9 });
  expect(state.firingSince()).toBe(clock.now());
  passTo(1);
  expect(changes).toEqual([{ state: 'resolved', count: 0 }]);
});
