import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addPanel,
  closePanel,
  joinTabs,
  movePanel,
  replacePanel,
  resizePanel,
  shiftTab,
  showTab,
} from './arrange.ts';
import { canonical, type Layout, panelsOf } from './layout.ts';
import { formatLayout, parseLayout } from './layout-text.ts';

const of = (text: string): Layout => {
  const result = parseLayout(`1${text && '.'}${text}`, () => true);
  if ('refused' in result) throw new Error(result.refused);
  return result.layout;
};
const text = (layout: Layout) => formatLayout(layout).slice(2);

describe('arranging panels', () => {
  it('adds one where the most room is, and shows one that is there', () => {
    const one = addPanel(null, 'a');
    const two = addPanel(one, 'b');
    const three = addPanel(two, 'c');
    expect([one, two, three].map(text)).toEqual(['a', 'R2.50.a.50.b', 'R2.50.C2.50.a.50.c.50.b']);
    expect(text(addPanel(of('a_b'), 'b'))).toBe('a_*b');
  });

  it('closes one and gives its place to the rest', () => {
    expect(text(closePanel(of('R3.20.a.30.b.50.c'), 'b'))).toBe('R2.29.a.71.c');
    expect(text(closePanel(of('a_*b_c'), 'b'))).toBe('a_*c');
    expect(text(closePanel(of('a_*b'), 'b'))).toBe('a');
    expect(text(closePanel(of('R2.50.a.50.C2.30.b.70.c'), 'a'))).toBe('C2.30.b.70.c');
    expect(closePanel(of('a'), 'a')).toBeNull();
  });

  it('puts another one at the place of one, and no panel twice', () => {
    expect(text(replacePanel(of('R2.40.a_*b.60.c'), 'b', 'd'))).toBe('R2.40.a_*d.60.c');
    const layout = of('a_b');
    expect(replacePanel(layout, 'a', 'b')).toBe(layout);
  });

  it.each([
    ['a_b', 'a', 'right', 'R2.50.b.50.a'],
    ['a_b', 'b', 'above', 'C2.50.b.50.a'],
    ['R3.30.a.30.b.40.c', 'a', 'right', 'R3.30.b.30.a.40.c'],
    ['R2.50.a.50.b', 'b', 'left', 'R2.50.b.50.a'],
    ['R2.60.a.40.C2.70.b.30.c', 'a', 'right', 'C2.70.R2.50.b.50.a.30.c'],
    ['C2.50.a.50.b', 'a', 'left', 'R2.30.a.70.b'],
    ['C2.50.a.50.b', 'b', 'right', 'R2.70.a.30.b'],
    ['R2.50.a.50.b', 'a', 'left', 'R2.50.a.50.b'],
    ['a', 'a', 'below', 'a'],
  ] as const)('%s: moves %s %s', (before, panel, side, after) => {
    expect(text(movePanel(of(before), panel, side))).toBe(after);
  });

  it('makes tabs, orders them and shows one', () => {
    expect(text(joinTabs(of('R2.50.a.50.b_c'), 'a', 'b'))).toBe('b_c_*a');
    expect(text(joinTabs(of('a_b'), 'a', 'b'))).toBe('a_b');
    expect(text(shiftTab(of('a_*b_c'), 'b', -1))).toBe('b_a_c');
    expect(text(shiftTab(of('a_b'), 'b', 1))).toBe('a_b');
    expect(text(showTab(of('a_b'), 'b'))).toBe('a_*b');
  });

  it('resizes within the row or column that a panel is in, and leaves each a place', () => {
    const layout = of('R2.60.a.40.C2.70.b.30.c');
    expect(text(resizePanel(layout, 'b', 'row', 5))).toBe('R2.55.a.45.C2.70.b.30.c');
    expect(text(resizePanel(layout, 'b', 'column', -10))).toBe('R2.60.a.40.C2.60.b.40.c');
    expect(text(resizePanel(layout, 'a', 'row', 99))).toBe('R2.95.a.5.C2.70.b.30.c');
    expect(text(resizePanel(layout, 'a', 'column', 5))).toBe(text(layout));
    expect(text(resizePanel(of('R3.40.a.40.b.20.c'), 'a', 'row', 10))).toBe('R3.50.a.33.b.17.c');
  });

  it('loses no panel and stays in canonical form, whatever is done', () => {
    const panel = fc.integer({ min: 0, max: 15 }).map((i) => `p${i}`);
    const action = fc.oneof(
      panel.map((name) => (layout: Layout) => addPanel(layout, name)),
      fc.tuple(panel, fc.constantFrom('left', 'right', 'above', 'below')).map(
        ([name, side]) =>
          (layout: Layout) =>
            movePanel(layout, name, side),
      ),
      fc.tuple(panel, panel).map(([name, to]) => (layout: Layout) => {
        return panelsOf(layout).includes(name) && panelsOf(layout).includes(to)
          ? joinTabs(layout, name, to)
          : layout;
      }),
      fc.tuple(panel, fc.constantFrom('row', 'column'), fc.integer({ min: -60, max: 60 })).map(
        ([name, direction, by]) =>
          (layout: Layout) =>
            resizePanel(layout, name, direction, by),
      ),
      panel.map((name) => (layout: Layout) => shiftTab(layout, name, 1)),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        let layout = addPanel(null, 'p0');
        for (const act of actions) {
          const before = [...panelsOf(layout)];
          layout = act(layout);
          expect(panelsOf(layout)).toEqual(expect.arrayContaining(before));
          expect(canonical(layout)).toEqual(layout);
          expect(of(text(layout))).toEqual(layout);
        }
      }),
    );
  });
});
