import { describe, expect, it } from 'vitest';
import { playOn } from './play-on.ts';

const first = '2026-01-05T03:45:00.000Z';
const almost = '2026-01-05T09:59:58.000Z';
const last = '2026-01-05T10:00:00.000Z';
const day = { first, last };

describe('playing a day', () => {
  it('moves by the time that passed', () => {
    expect(playOn(first, 60_000, day, 'stop')).toEqual({ at: '2026-01-05T03:46:00.000Z', playing: true });
    expect(playOn(first, 60_000, { first: null, last: null }, 'loop').playing).toBe(true);
  });

  it.each([
    ['stop', false],
    ['loop', true],
    ['live', true],
  ] as const)('shows the last snapshot and nothing after it: %s', (atEnd, playing) => {
    expect(playOn(almost, 60_000, day, atEnd)).toEqual({ at: last, playing });
  });

  it('then stops, begins again, or is live', () => {
    expect(playOn(last, 1, day, 'stop')).toEqual({ at: last, playing: false });
    expect(playOn(last, 1, day, 'loop')).toEqual({ at: first, playing: true });
    expect(playOn(last, 1, day, 'live')).toEqual({ at: null, playing: false });
  });

  it('does not repeat one snapshot for ever', () => {
    expect(playOn(last, 1, { first: last, last }, 'loop').playing).toBe(false);
  });
});
