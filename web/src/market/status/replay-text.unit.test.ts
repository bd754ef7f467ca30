import type { ReplayState } from '@deltastream/client';
import { expect, it } from 'vitest';
import { instantOf, isOfShown, replayLabel, replayOf, replayTerms, underWay } from './replay-text.ts';

const FROM = '2026-08-19T03:45:00.000Z';
const AT = '2026-08-19T05:30:00.000Z';
const playing: ReplayState = {
  ...{ state: 'playing', id: 'r1', recording: null, products: ['NIFTY'], from: FROM, to: null, at: AT },
  ...{ shift_ms: 0, speed: 60, loop: false, then_live: false, passes: 0, chains: 4, ticks: 1, reason: null },
};
const label = (given: Partial<ReplayState>) =>
  replayLabel({ ...playing, ...given }, (iso) => iso.slice(11, 19));

it('is of its products, until it is stopped or fails', () => {
  expect(replayOf({ replay: playing }, 'NIFTY')).toBe(playing);
  expect(replayOf({ replay: { ...playing, state: 'ended' } }, 'NIFTY')?.state).toBe('ended');
  for (const state of ['stopped', 'failed'] as const) expect(underWay({ ...playing, state })).toBeNull();
  expect(replayOf({ replay: playing }, 'BTC')).toBeNull();
  expect(replayOf({ replay: null }, 'NIFTY')).toBeNull();
  expect(replayOf(null, 'NIFTY')).toBeNull();
});

it('tells updates of a replay from those of the live market', () => {
  const stopped: ReplayState = { ...playing, state: 'stopped' };
  const shown = (epoch: string, replay: ReplayState | null, product = 'NIFTY') =>
    isOfShown(epoch, { replay }, product);
  expect([shown('r1:2', playing), shown('live', playing)]).toEqual([true, false]);
  expect([shown('r1:2', stopped), shown('live', stopped)]).toEqual([false, true]);
  expect([shown('r1:2', playing, 'BTC'), shown('live', playing, 'BTC')]).toEqual([false, true]);
  expect([shown('live', null), isOfShown('live', null, 'NIFTY')]).toEqual([true, true]);
});

it('says what it does and at which recorded instant', () => {
  expect(label({})).toBe('Replay 60x, 05:30:00');
  expect(label({ speed: 'max' })).toBe('Replay at full speed, 05:30:00');
  expect(label({ speed: 0.1 })).toBe('Replay 0.1x, 05:30:00');
  expect(label({ state: 'paused' })).toBe('Replay paused, 05:30:00');
  expect(label({ state: 'ended' })).toBe('Replay at its end, 05:30:00');
  expect(label({ state: 'opening', at: null })).toBe('Replay is being read, 03:45:00');
  expect(label({ state: 'opening', at: null, from: null })).toBe('Replay is being read');
  expect(instantOf(null)).toBeNull();
});

it('says what comes at its end, and of which times it is', () => {
  expect(replayTerms(playing)).toBe('then stops');
  expect(replayTerms({ ...playing, then_live: true, shift_ms: 5 })).toBe('then live; times as if now');
  expect(replayTerms({ ...playing, loop: true, passes: 2 })).toBe('again and again, pass 3');
});
