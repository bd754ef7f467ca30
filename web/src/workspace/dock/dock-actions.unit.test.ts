import { describe, expect, it } from 'vitest';
import { formatLayout, parseLayout } from '../layout/layout-text.ts';
import { actionsOf, isPressed, keysText } from './dock-actions.ts';

const of = (text: string) => {
  const result = parseLayout(text, () => true);
  if ('refused' in result) throw new Error(result.refused);
  return result.layout;
};
const pressed = (key: string, more = {}) => {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, ...more };
};
const actions = (text: string, panel: string) => actionsOf(of(text), panel, (name) => name.toUpperCase());

describe('what can be done with a panel', () => {
  it('is everything, with the layout afterwards and where the focus goes', () => {
    const done = actions('1.R2.50.a_b.50.c', 'a').map(({ text, next, focused }) => [
      text,
      formatLayout(next),
      focused,
    ]);
    expect(done).toEqual([
      ['Move left', '1.R3.25.a.25.b.50.c', 'a'],
      ['Move right', '1.R3.25.b.25.a.50.c', 'a'],
      ['Move up', '1.R2.50.C2.50.a.50.b.50.c', 'a'],
      ['Move down', '1.R2.50.C2.50.b.50.a.50.c', 'a'],
      ['Tab to the left', '1.R2.50.a_b.50.c', 'a'],
      ['Tab to the right', '1.R2.50.b_*a.50.c', 'a'],
      ['As a tab beside C', '1.R2.50.b.50.c_*a', 'a'],
      ['Narrower', '1.R2.45.a_b.55.c', 'a'],
      ['Wider', '1.R2.55.a_b.45.c', 'a'],
      ['Lower', '1.R2.50.a_b.50.c', 'a'],
      ['Taller', '1.R2.50.a_b.50.c', 'a'],
      ['Close', '1.R2.50.b.50.c', 'b'],
    ]);
  });

  it('gives the layout back where there is nothing to do, so that a menu can say so', () => {
    const layout = of('1.a');
    const idle = actionsOf(layout, 'a', String).filter(({ next }) => next === layout);
    expect(idle.map(({ text }) => text)).toEqual([
      ...['Move left', 'Move right', 'Move up', 'Move down'],
      ...['Narrower', 'Wider', 'Lower', 'Taller'],
    ]);
    expect(actions('1.a', 'a').at(-1)).toMatchObject({ next: null, focused: undefined });
  });

  it('has keys of its own, and none with others held', () => {
    const found = (event: ReturnType<typeof pressed>) =>
      actions('1.R2.50.a.50.c', 'a').find((action) => isPressed(action, event));
    expect(found(pressed('ArrowRight', { shiftKey: true }))?.text).toBe('Move right');
    expect(found(pressed('ArrowRight', { ctrlKey: true }))?.text).toBe('Wider');
    expect(found(pressed('Backspace'))?.text).toBe('Close');
    expect(found(pressed('ArrowRight'))).toBeUndefined();
    expect(found(pressed('ArrowRight', { shiftKey: true, altKey: true }))).toBeUndefined();
    expect(actions('1.a', 'a').map(keysText)).toContain('Ctrl ←');
  });

  it('goes on while keys are held, but for closing', () => {
    const found = (event: ReturnType<typeof pressed>) =>
      actions('1.R2.50.a.50.c', 'a').find((action) => isPressed(action, event));
    expect(found(pressed('ArrowRight', { ctrlKey: true, repeat: true }))?.text).toBe('Wider');
    expect(found(pressed('Delete', { repeat: true }))).toBeUndefined();
    expect(found(pressed('Backspace', { repeat: true }))).toBeUndefined();
  });
});
