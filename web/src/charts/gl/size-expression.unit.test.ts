import { describe, expect, it } from 'vitest';
import { sizeExpression } from './size-expression.ts';

describe('sizes of the passes of echarts-gl', () => {
  it.each([
    ['height', 600],
    ['width * 1.0', 800],
    ['width * dpr / 16', 100],
    [' [width * 1.0 / 2, height / 4] ', [400, 150]],
  ])('reads %s', (text, size) => {
    expect(sizeExpression(text)(800, 600, 2)).toEqual(size);
  });

  it.each(['', 'width +', 'alert(1)', 'width * ', 'window', '[width, ]'])('refuses "%s"', (text) => {
    expect(() => sizeExpression(text)).toThrow(SyntaxError);
  });
});
