import { describe, expect, it } from 'vitest';
import { markedText, withSuggestion } from './marked-text.ts';

const wrong = (start: number, end: number, suggestion: string | null = null) => ({
  ok: false,
  message: 'no such figure',
  position: { start, end },
  suggestion,
  figures: [],
});

describe('what is wrong in a condition', () => {
  it('is shown where it stands', () => {
    expect(markedText('pcr_io > 1', wrong(0, 6))).toEqual(['', 'pcr_io', ' > 1']);
    expect(markedText('a && b', wrong(5, 6))).toEqual(['a && ', 'b', '']);
  });

  it('is shown at the last character where the text ends too early', () => {
    expect(markedText('pcr_oi >', wrong(8, 8))).toEqual(['pcr_oi ', '>', '']);
  });

  it('is nothing in a condition that is right, or is not checked yet', () => {
    expect(markedText('pcr_oi > 1', null)).toEqual(['pcr_oi > 1', '', '']);
    const right = { ok: true, message: null, position: null, suggestion: null, figures: ['pcr_oi'] };
    expect(markedText('pcr_oi > 1', right)).toEqual(['pcr_oi > 1', '', '']);
  });

  it('gives way to the suggested name', () => {
    expect(withSuggestion('iv > pcr_io && x', wrong(5, 11, 'pcr_oi'))).toBe('iv > pcr_oi && x');
    expect(withSuggestion('pcr_io > 1', wrong(0, 6))).toBeNull();
    expect(withSuggestion('pcr_io > 1', null)).toBeNull();
  });
});
