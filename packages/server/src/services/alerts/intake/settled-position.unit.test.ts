import { describe, expect, it } from 'vitest';
import { createSettledPosition } from './settled-position.ts';

function open(from: string | null) {
  const stream = { last: from, previous: null as string | null };
  const settled = createSettledPosition(stream);
  const come = (position: string) => {
    stream.previous = stream.last;
    stream.last = position;
  };
  const hold = (position: string) => {
    come(position);
    return settled.hold();
  };
  return { settled, come, hold };
}

describe('the settled position of a topic', () => {
  it('is the newest while nothing is held', () => {
    const { settled, come } = open(null);
    expect(settled.position).toBeNull();
    come('1');
    come('2');
    expect(settled.position).toBe('2');
  });

  it('stays before the oldest message that is held', () => {
    const { settled, come, hold } = open('10');
    const first = hold('11');
    const second = hold('12');
    come('13');
    expect(settled.position).toBe('10');
    second.settle();
    expect(settled.position).toBe('10');
    first.settle();
    expect(settled.position).toBe('13');
  });

  it('moves to the next one that is held', () => {
    const { settled, come, hold } = open('10');
    const first = hold('11');
    come('12');
    hold('13');
    first.settle();
    first.settle();
    expect(settled.position).toBe('12');
  });
});
