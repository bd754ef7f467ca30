import type { ReplayState } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createReplayWatch } from './replay-watch.ts';

const stateOf = (given: Partial<ReplayState>): ReplayState => ({
  ...{ state: 'playing', id: 'r1', recording: null, products: ['NIFTY'], from: null, to: null },
  ...{ at: '2026-08-19T04:00:00.000Z', shift_ms: 0, speed: 1, loop: false, then_live: false },
  ...{ passes: 0, chains: 0, ticks: 0, reason: null },
  ...given,
});

function watched() {
  const changes: string[] = [];
  let now = 0;
  const watch = createReplayWatch({
    changedSource: (product) => void changes.push(product),
    told: ({ state }) => void changes.push(state),
    now: () => now,
  });
  const pass = (ms: number) => {
    now += ms;
  };
  return { watch, changes, pass };
}

it('has the rooms of its products from the first message to the stop', () => {
  const { watch, changes } = watched();
  expect(watch.admits({ product: 'NIFTY', epoch: 'r1:1' })).toBe(true);
  expect([watch.shown.has('NIFTY'), watch.shown.has('BTC')]).toEqual([true, false]);
  watch.hear(stateOf({}));
  expect(watch.instantOf('NIFTY')).toBe(Date.parse('2026-08-19T04:00:00Z'));
  watch.hear(stateOf({ state: 'ended' }));
  expect(watch.shown.has('NIFTY')).toBe(true);
  watch.hear(stateOf({ state: 'stopped' }));
  expect([watch.shown.has('NIFTY'), watch.instantOf('NIFTY')]).toEqual([false, null]);
  expect(changes).toEqual(['NIFTY', 'playing', 'ended', 'NIFTY', 'stopped']);
});

it('admits nothing of a replay that was stopped, and everything of the next', () => {
  const { watch } = watched();
  watch.hear(stateOf({}));
  watch.hear(stateOf({ state: 'stopped' }));
  expect(watch.admits({ product: 'NIFTY', epoch: 'r1:1' })).toBe(false);
  expect(watch.shown.has('NIFTY')).toBe(false);
  expect(watch.admits({ product: 'NIFTY', epoch: 'r2:1' })).toBe(true);
});

it('keeps the rooms of a replay when the end of the one before it is told late', () => {
  const { watch } = watched();
  watch.hear(stateOf({}));
  expect(watch.admits({ product: 'NIFTY', epoch: 'r2:1' })).toBe(true);
  watch.hear(stateOf({ state: 'stopped' }));
  expect(watch.shown.has('NIFTY')).toBe(true);
  expect(watch.admits({ product: 'NIFTY', epoch: 'r2:1' })).toBe(true);
  expect(watch.admits({ product: 'NIFTY', epoch: 'r1:1' })).toBe(false);
});

it('gives the rooms back when nothing is heard for ten seconds', () => {
  const { watch, pass } = watched();
  watch.hear(stateOf({}));
  pass(9_999);
  watch.expire();
  expect(watch.shown.has('NIFTY')).toBe(true);
  pass(1);
  watch.expire();
  expect([watch.shown.has('NIFTY'), watch.state()?.state]).toEqual([false, 'failed']);
});

it('shows a replay again that was silent for too long and is told of anew', () => {
  const { watch, pass } = watched();
  watch.hear(stateOf({}));
  pass(10_000);
  watch.expire();
  expect(watch.admits({ product: 'NIFTY', epoch: 'r1:1' })).toBe(false);
  watch.hear(stateOf({}));
  expect(watch.shown.has('NIFTY')).toBe(true);
  expect(watch.admits({ product: 'NIFTY', epoch: 'r1:1' })).toBe(true);
});
