import { describe, expect, it } from 'vitest';
import { secondsOf, spanText } from './span-text.ts';

describe('spans of a rule', () => {
  it('are written in the longest unit that loses nothing', () => {
    expect([0, 60, 90, 300, 3_600, 5_400, 86_400, 604_800].map(spanText)).toEqual([
      '0 s',
      '1 min',
      '90 s',
      '5 min',
      '1 h',
      '90 min',
      '1 d',
      '7 d',
    ]);
  });

  it('are read as they are written, and as people type them', () => {
    for (const seconds of [0, 60, 90, 300, 5_400, 86_400]) expect(secondsOf(spanText(seconds))).toBe(seconds);
    expect(['', ' 45 ', '5m', '2h'].map(secondsOf)).toEqual([0, 45, 300, 7_200]);
    expect(['soon', '-5 s', '1.5 h', '5 weeks'].map(secondsOf)).toEqual([null, null, null, null]);
  });
});
