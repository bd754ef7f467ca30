import { expect, it } from 'vitest';
import { createFigurePositions } from './figure-positions.ts';
import { createSettledPosition } from './settled-position.ts';

const SETTLE_MS = 1_000;

function open() {
  const stream = { last: '0' as string | null, previous: null as string | null };
  const settled = createSettledPosition(stream);
  const positions = createFigurePositions(settled, SETTLE_MS);
  const come = (product: string, timestamp: number) => {
    stream.previous = stream.last;
    stream.last = String(Number(stream.last) + 1);
    positions.came(product, timestamp);
  };
  return { settled, positions, come };
}

it('stays before the figures that the next chain is judged with', () => {
  const { settled, positions, come } = open();
  come('A', 10_000);
  come('A', 11_000);
  come('A', 12_000);
  // Those of 10,000 hold until chains of 12,000.
  positions.evaluated('A', 11_999);
  expect(settled.position).toBe('0');
  positions.evaluated('A', 12_000);
  expect(settled.position).toBe('1');
  positions.evaluated('A', 99_000);
  expect(settled.position).toBe('2');
});

it('waits for every product, and for none that nobody looks at', () => {
  const { settled, positions, come } = open();
  come('A', 10_000);
  come('B', 10_000);
  come('B', 11_000);
  positions.evaluated('B', 20_000);
  expect(settled.position).toBe('0');
  positions.forget('A');
  expect(settled.position).toBe('2');
});
