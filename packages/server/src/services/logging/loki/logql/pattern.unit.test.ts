import { expect, it } from 'vitest';
import { compilePattern } from './pattern.ts';

it.each(['(a+)+$', '(.*a){25}$', '(a|aa)+$', '(?:(?:a{20}){20}b?)+c'])(
  'matches %s in time that grows with the text',
  (text) => {
    const pattern = compilePattern(text);
    const begun = performance.now();
    pattern.found(`${'a'.repeat(4_096)}!`);
    // With an engine that tries every way this takes longer than there is time.
    expect(performance.now() - begun).toBeLessThan(2_000);
  },
);

it('is found anywhere, or is the entire text', () => {
  const { found, entire } = compilePattern('b+|c');
  expect([found('abba'), entire('abba'), entire('bb'), entire('cb')]).toEqual([true, false, true, false]);
});

it('refuses what is no pattern of RE2, and one that is too large', () => {
  expect(() => compilePattern('(?=a)')).toThrow(/error parsing regexp/);
  expect(() => compilePattern('(?:a{500}){3}|(?:b{500}){2}')).toThrow(/regexp|too large/);
  expect(() => compilePattern('a'.repeat(1_001))).toThrow(/more than 1000 characters/);
});
