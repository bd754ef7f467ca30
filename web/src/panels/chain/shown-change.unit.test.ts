import { expect, it } from 'vitest';
import { changeOf } from './shown-change.ts';

it.each([
  ['1,23,456', '1,23,457', 'rose'],
  ['1,000.50', '999.95', 'fell'],
  ['−0.03', '−0.02', 'rose'],
  ['12.9%', '12.8%', 'fell'],
  ['<0.001', '0.002', 'rose'],
  ['0.50', '0.5', null],
  ['long build-up', 'short covering', null],
  [null, '1', null],
  ['', '1', null],
])('from %s to %s a number %s', (before, after, change) => expect(changeOf(before, after)).toBe(change));
