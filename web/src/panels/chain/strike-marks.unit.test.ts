import { describe, expect, it } from 'vitest';
import { strikeMarks } from './strike-marks.ts';

const CHAIN = {
  strikes: [90, 95, 100, 105, 110],
  forward: 101,
  expected_move: 6.5,
  atm_strike: 100,
  max_pain_strike: 100,
  support_strike: 90,
  resistance_strike: 110,
  call_wall_strike: 105,
  put_wall_strike: null,
};

describe('marks beside strikes', () => {
  it('are all that is known of a strike, each once, with the edges of the expected move', () => {
    const { at, move } = strikeMarks(CHAIN);
    expect(move).toEqual([95, 105]);
    expect([...at]).toEqual([
      [100, 'atm pain'],
      [110, 'calls'],
      [90, 'puts'],
      [105, 'callWall upper'],
      [95, 'lower'],
    ]);
  });

  it('have no band where no strike lies within it, or it is not known', () => {
    expect(strikeMarks({ ...CHAIN, expected_move: 0.5 }).move).toBeNull();
    expect(strikeMarks({ ...CHAIN, expected_move: null }).move).toBeNull();
    expect(strikeMarks({ ...CHAIN, forward: null }).move).toBeNull();
    expect(strikeMarks({ ...CHAIN, expected_move: 1 }).at.get(100)).toBe('atm pain upper lower');
  });
});
