import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createMemoryUserStore } from '../../../adapters/memory/user-store/user-store-memory.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { silentLogger } from '../../../kit/logging/log.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { createAuditTrail } from './audit-trail.ts';
import { verifyTrail } from './verify-trail.ts';

const KEY = Buffer.alloc(32, 5);
const RETRY_MS = 1_000;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function openTrail(maxWaiting = 100) {
  const store = createMemoryUserStore();
  let away = false;
  const append = store.appendAudit;
  const trail = createAuditTrail({
    store: {
      ...store,
      appendAudit: async (...given) => {
        if (away) throw new DeltaStreamError('store_failed', 'away');
        return append(...given);
      },
    },
    key: KEY,
    clock: createManualClock(1_787_000_000_000),
    logger: silentLogger,
    maxWaiting,
    retryMs: RETRY_MS,
  });
  const events = async () => (await store.auditFrom(1, 1_000)).map(({ event }) => event);
  const setAway = (value: boolean) => {
    away = value;
  };
  return { store, trail, events, setAway };
}

it('has an event once it is settled, and begins with an event that says so', async () => {
  const { store, trail, events } = openTrail(1_000);
  for (let i = 0; i < 500; i++) trail.add('login_refused', { ip: '192.0.2.1' });
  await trail.settled();
  expect((await events()).slice(0, 2)).toEqual(['audit_started', 'login_refused']);
  expect(await events()).toHaveLength(501);
  expect(await verifyTrail({ store, key: KEY, limit: 1_000 })).toMatchObject({ broken: null, checked: 501 });
  expect(trail.counts).toEqual({ appended: 500, lost: 0 });
});

it('keeps what the store does not take, holds nobody up, and counts in the trail what is lost', async () => {
  const { store, trail, events, setAway } = openTrail(3);
  setAway(true);
  for (let i = 0; i < 5; i++) trail.add('login_refused', {});
  await trail.settled();
  expect([trail.problem(), trail.waiting(), trail.counts.lost]).toEqual(['away', 3, 2]);
  setAway(false);
  await vi.advanceTimersByTimeAsync(RETRY_MS);
  expect(trail.problem()).toBeNull();
  expect(await events()).toEqual(['audit_started', ...Array(3).fill('login_refused'), 'audit_events_lost']);
  const [lost] = await store.auditBefore(null, 1);
  expect(lost.details).toBe('{"events":2}');
  trail.add('login_succeeded', {});
  await trail.settled();
  expect((await events()).at(-1)).toBe('login_succeeded');
});

it('tries once more at its stop, and then no more', async () => {
  const { trail, events, setAway } = openTrail();
  setAway(true);
  trail.add('login_refused', {});
  await trail.settled();
  setAway(false);
  await trail.stop();
  expect(await events()).toEqual(['audit_started', 'login_refused']);
  expect(vi.getTimerCount()).toBe(0);
});
