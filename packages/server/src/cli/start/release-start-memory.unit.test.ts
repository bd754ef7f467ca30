import { describe, expect, it } from 'vitest';
import { tickObject } from './release-start-memory.ts';

describe('what Node makes for process.nextTick', () => {
  it('is found, so that its hidden class can be held', () => {
    expect(Object.keys(tickObject() as object)).toEqual(['callback', 'args']);
  });
});
