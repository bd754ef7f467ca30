import type { ReplayState } from '@deltastream/client';
import { expect, it } from 'vitest';
import { fieldsOf, orderOf } from './replay-order.ts';

const IST = 'Asia/Kolkata';
const DAY = { first: '2026-08-19T03:45:00.000Z', last: '2026-08-19T10:00:00.500Z' };
const LOOPING: ReplayState = {
  ...{ state: 'playing', id: 'r1', recording: null, products: ['NIFTY'], at: DAY.first },
  ...{ from: '2026-08-19T04:00:00.000Z', to: '2026-08-19T05:00:00.000Z', shift_ms: 5, speed: 'max' },
  ...{ loop: true, then_live: false, passes: 0, chains: 4, ticks: 1, reason: null },
};

it('begins with the day that is shown, its last snapshot included', () => {
  const fields = fieldsOf(null, DAY, IST);
  expect(fields).toMatchObject({
    from: '2026-08-19T09:15:00',
    to: '2026-08-19T15:30:01',
    speed: '1',
    end: 'stop',
  });
  expect(orderOf(fields, IST)).toEqual({
    ...{ from: '2026-08-19T03:45:00.000Z', to: '2026-08-19T10:00:01.000Z', speed: 1 },
  });
  expect(fieldsOf(null, null, IST)).toMatchObject({ from: undefined, to: undefined });
});

it('begins with what is played now', () => {
  const { from, to } = LOOPING;
  expect(orderOf(fieldsOf(LOOPING, DAY, IST), IST)).toEqual({
    from,
    to,
    speed: 'max',
    loop: true,
    shift: true,
  });
  const recorded = { ...LOOPING, recording: 'nifty.csv', from: null, to: null, shift_ms: 0, loop: false };
  expect(orderOf(fieldsOf(recorded, DAY, IST), IST)).toEqual({ recording: 'nifty.csv', speed: 'max' });
});

it('asks for what the form says and no more', () => {
  const fields = {
    recording: 'nifty.csv',
    products: 'NIFTY',
    speed: '0.1',
    end: 'live',
    shift: 'on',
    paused: 'on',
  };
  expect(orderOf(fields, IST)).toEqual({
    ...{
      recording: 'nifty.csv',
      products: ['NIFTY'],
      speed: 0.1,
      then_live: true,
      shift: true,
      paused: true,
    },
  });
  // A browser leaves out seconds that are 0.
  expect(orderOf({ from: '2026-08-19T09:15', to: '2026-08-19T09:16' }, IST)).toMatchObject({
    ...{ from: '2026-08-19T03:45:00.000Z', to: '2026-08-19T03:46:00.000Z' },
  });
});
