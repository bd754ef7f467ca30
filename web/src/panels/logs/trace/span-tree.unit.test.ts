import { expect, it } from 'vitest';
import { durationText, placeOf, type Span, seenRows, spanRows, treeMove } from './span-tree.ts';

const spanOf = (name: string, depth: number): Span => ({
  span_id: name,
  parent_span_id: null,
  parent_missing: false,
  depth,
  name,
  service: 'gateway',
  kind: null,
  outcome: 'ok',
  start: 0,
  start_after_ms: 0,
  duration_ms: 1,
  attributes: {},
});
const rows = spanRows([spanOf('a', 0), spanOf('b', 1), spanOf('c', 2), spanOf('d', 1), spanOf('e', 0)]);

it('knows the parent of each span, and which have children', () => {
  expect(rows.map(({ span, parentAt, hasChildren }) => [span.name, parentAt, hasChildren])).toEqual([
    ['a', null, true],
    ['b', 0, true],
    ['c', 1, false],
    ['d', 0, false],
    ['e', null, false],
  ]);
});

it.each([
  [[], 'abcde'],
  [[1], 'abde'],
  [[0], 'ae'],
  [[0, 1], 'ae'],
  [[4], 'abcde'],
])('leaves out what is below %j', (folded, names) => {
  expect(
    seenRows(rows, new Set(folded))
      .map(({ span }) => span.name)
      .join(''),
  ).toBe(names);
});

it.each([
  [0, 'ArrowDown', false, { to: 1 }],
  [4, 'ArrowDown', false, { to: 4 }],
  [1, 'ArrowUp', false, { to: 0 }],
  [2, 'Home', false, { to: 0 }],
  [0, 'End', false, { to: 4 }],
  [0, 'ArrowRight', true, { fold: false }],
  [0, 'ArrowRight', false, { to: 1 }],
  [2, 'ArrowRight', false, null],
  [1, 'ArrowLeft', false, { fold: true }],
  [2, 'ArrowLeft', false, { to: 1 }],
  [4, 'ArrowLeft', false, null],
  [0, 'x', false, null],
])('at row %i %s does what a tree does (folded: %s)', (at, key, folded, move) => {
  expect(treeMove(rows, at, key, folded)).toEqual(move);
});

it('lies within the trace, also where clocks of services differ', () => {
  const span = (start_after_ms: number, duration_ms: number) => ({
    ...spanOf('a', 0),
    start_after_ms,
    duration_ms,
  });
  expect(placeOf(span(25, 50), 100)).toEqual({ left: 0.25, width: 0.5 });
  expect(placeOf(span(-5, 10), 100)).toEqual({ left: 0, width: 0.1 });
  expect(placeOf(span(90, 50), 100).width).toBeCloseTo(0.1);
  expect(placeOf(span(0, 0), 0)).toEqual({ left: 0, width: 1 });
});

it.each([
  [0.0421, '0.042 ms'],
  [4.213, '4.21 ms'],
  [42.13, '42.1 ms'],
  [421.3, '421 ms'],
  [4_213, '4.21 s'],
  [421_300, '421.3 s'],
])('%d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));
