import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurnBudget } from './turn-budget.ts';

it('spends so much of each turn, in order, and leaves the rest of it to others', async () => {
  let now = 0;
  const budget = createTurnBudget(2, () => now);
  const done: number[] = [];
  const give = (piece: number) =>
    budget(() => {
      now += 1;
      done.push(piece);
    });
  for (let piece = 0; piece < 7; piece++) give(piece);
  expect(done).toEqual([0, 1]);
  const turns: number[] = [];
  while (done.length < 7) {
    await nextTurn();
    turns.push(done.length);
  }
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(turns).toEqual([4, 6, 7]);
  await nextTurn();
  give(7);
  expect(done.at(-1)).toBe(7);
});

it('counts work that throws, and goes on with what waits', async () => {
  let now = 0;
  const budget = createTurnBudget(1, () => now);
  const done: string[] = [];
  const failing = () => {
    now += 1;
    throw new Error('failed');
  };
  expect(() => budget(failing)).toThrow('failed');
  budget(() => done.push('next'));
  expect(done).toEqual([]);
  await nextTurn();
  expect(done).toEqual(['next']);
});
