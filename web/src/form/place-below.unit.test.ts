import { describe, expect, it } from 'vitest';
import { placeBelow } from './place-below.ts';

const WINDOW = { width: 600, height: 800 };

describe('a popover', () => {
  it('stands below its button, right edges below each other', () => {
    const place = placeBelow({ bottom: 100, right: 500 }, { width: 200, height: 300 }, WINDOW);
    expect(place).toEqual({ top: 102, right: 100 });
  });

  it.each([
    ['a button at the left', { bottom: 100, right: 120 }, { width: 544, height: 300 }],
    ['a button outside on the right', { bottom: 100, right: 640 }, { width: 544, height: 300 }],
    ['a button at the bottom', { bottom: 790, right: 500 }, { width: 200, height: 300 }],
  ])('stays within the window under %s', (_what, button, size) => {
    const { top, right } = placeBelow(button, size, WINDOW);
    expect(top).toBeGreaterThanOrEqual(4);
    expect(top + size.height).toBeLessThanOrEqual(WINDOW.height - 4);
    expect(right).toBeGreaterThanOrEqual(4);
    expect(right + size.width).toBeLessThanOrEqual(WINDOW.width - 4);
  });

  it('keeps its upper left corner in sight where it is larger than the window', () => {
    const place = placeBelow({ bottom: 100, right: 500 }, { width: 700, height: 900 }, WINDOW);
    expect(place.top).toBe(4);
  });
});
