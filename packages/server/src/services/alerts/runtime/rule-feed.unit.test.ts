import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createPacedWarning } from '../../../kit/logging/paced-warning.ts';
import { createManualClock } from '../../../ports/clock.ts';
import type { AlertRule } from '../../../ports/stores/alerts/alert-records.ts';
import { alertRule } from '../../../ports/stores/alerts/alert-store.fixture.ts';
import { createRuleFeed, type RuleFeed } from './rule-feed.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const stored = [
  alertRule({ id: 'r1', owner: 'u1' }),
  alertRule({ id: 'r2', owner: 'u1', status: 'disabled' }),
  alertRule({ id: 'r3', owner: 'u2' }),
];
const suspended = new Set<string>();
const evaluated = new Map<string, AlertRule>();
let feed: RuleFeed;
beforeEach(async () => {
  suspended.clear();
  evaluated.clear();
  feed = createRuleFeed({
    store: {
      changesAfter: async (after) =>
        after > 0 ? [] : stored.map((rule, i) => ({ change: i + 1, id: rule.id, rule })),
      rulesOf: async (owner) => stored.filter((rule) => rule.owner === owner),
      endRule: async () => true,
    },
    rules: {
      put(rule) {
        evaluated.set(rule.id, rule);
        return null;
      },
      remove: (id) => void evaluated.delete(id),
    },
    isSuspended: (owner) => suspended.has(owner),
    clock: createManualClock(0),
    warnPaced: createPacedWarning(silentLogger),
    settings: { rulesMs: 1_000 },
  });
});
afterEach(() => feed.stop());
const told = async (owner: string) => {
  feed.ownerChanged(owner);
  await vi.advanceTimersByTimeAsync(0);
};

it('takes rules of suspended accounts out at once, and those that are armed in again later', async () => {
  await feed.start();
  expect([...evaluated.keys()]).toEqual(['r1', 'r3']);
  suspended.add('u1');
  feed.ownerChanged('u1');
  expect([...evaluated.keys()]).toEqual(['r3']);
  expect(feed.size()).toBe(1);
  suspended.delete('u1');
  await told('u1');
  expect([...evaluated.keys()].sort()).toEqual(['r1', 'r3']);
});

it('begins without those of accounts that were suspended before', async () => {
  suspended.add('u2');
  await feed.start();
  expect([...evaluated.keys()]).toEqual(['r1']);
});
