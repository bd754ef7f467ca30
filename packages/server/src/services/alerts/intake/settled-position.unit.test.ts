import { describe, expect, it } from 'vitest';
import { createSettledPosition } from './settled-position.ts';

describe('the settled position of a topic', () => {
  it('is the newest while nothing is held', () => {
    const settled = createSettledPosition(null);
    expect(settled.position).toBeNull();
    settled.pass('1');
    settled.pass('2');
    expect(settled.position).toBe('2');
  });

  it('stays before the oldest message that is held', () => {
    const settled = createSettledPosition('10');
    const first = settled.receive('11');
    const second = settled.receive('12');
    settled.pass('13');
    expect(settled.position).toBe('10');
    second.settle();
    expect(settled.position).toBe('10');
    first.settle();
    expect(settled.position).toBe('13');
  });

  it('moves to the next one that is held', () => {
    const settled = createSettledPosition('10');
    const first = settled.receive('11');
    settled.pass('12');
    settled.receive('13');
    first.settle();
    first.settle();
    expect(settled.position).toBe('12');
  });
});
