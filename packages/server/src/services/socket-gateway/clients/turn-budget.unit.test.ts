import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createTurnBudget } from './turn-budget.ts';

function start(budgetMs: number) {
  let at = 0;
  const done: number[] = [];
  const budget = createTurnBudget(budgetMs, () => at);
  const add = (id: number, ms: number) =>
    budget.run(() => {
      at += ms;
      done.push(id);
    });
  return { budget, add, done };
}

describe('a budget of each turn', () => {
  it('lets tasks run at once while it lasts, and the rest in later turns, in their order', async () => {
    const { budget, add, done } = start(2);
    for (let id = 0; id < 7; id++) add(id, 1);
    expect(done).toEqual([0, 1]);
    expect(budget.waiting()).toBe(5);
    await nextTurn();
    expect(done).toEqual([0, 1, 2, 3]);
    add(7, 0);
    expect(done).toEqual([0, 1, 2, 3]);
    for (let i = 0; i < 3; i++) await nextTurn();
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(budget.waiting()).toBe(0);
    add(8, 1);
    expect(done.at(-1)).toBe(8);
  });

  it('runs one task a turn where each takes longer than the budget', async () => {
    const { add, done } = start(2);
    for (let id = 0; id < 3; id++) add(id, 10);
    expect(done).toEqual([0]);
    await nextTurn();
    expect(done).toEqual([0, 1]);
  });

  it('goes on after a task that throws', async () => {
    const { budget, add, done } = start(1);
    expect(() =>
      budget.run(() => {
        throw new Error('one task');
      }),
    ).toThrow('one task');
    add(1, 1);
    add(2, 1);
    await nextTurn();
    expect(done).toEqual([1, 2]);
  });

  it('runs nothing more after its stop', async () => {
    const { budget, add, done } = start(1);
    add(1, 1);
    add(2, 1);
    budget.stop();
    await nextTurn();
    expect(done).toEqual([1]);
  });
});
