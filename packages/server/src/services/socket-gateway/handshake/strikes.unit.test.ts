import { describe, expect, it } from 'vitest';
import { createStrikes } from './strikes.ts';

const BOUNDS = { maxStrikes: 2, strikeForgivenMs: 1_000, maxRefusalMs: 3_000 };

function start(bounds = {}) {
  let at = 50;
  const strikes = createStrikes({ ...BOUNDS, ...bounds }, () => at);
  const add = (network: string, count: number) => {
    for (let i = 0; i < count; i++) strikes.add(network);
  };
  return { ...strikes, addMany: add, pass: (ms: number) => (at += ms) };
}

describe('strikes', () => {
  it('refuse a network only beyond what it may have, until one is forgiven', () => {
    const { addMany, refusedForMs, refused, pass } = start();
    addMany('a', 2);
    expect(refusedForMs('a')).toBe(0);
    addMany('a', 1);
    expect(refusedForMs('a')).toBe(1_000);
    expect(refusedForMs('b')).toBe(0);
    expect(refused()).toBe(1);
    pass(999);
    expect(refusedForMs('a')).toBe(1);
    pass(1);
    expect(refusedForMs('a')).toBe(0);
    addMany('a', 1);
    expect(refusedForMs('a')).toBe(1_000);
  });

  it('are all forgiven after a while', () => {
    const { addMany, refusedForMs, pass } = start();
    addMany('a', 3);
    pass(3_000);
    addMany('a', 2);
    expect(refusedForMs('a')).toBe(0);
  });

  it('refuse nobody for longer than the bound, however many there were', () => {
    const { addMany, refusedForMs } = start();
    addMany('a', 1_000);
    expect(refusedForMs('a')).toBe(3_000);
  });

  it('are not counted where the bound is 0, and forgotten beyond so many networks', () => {
    const unlimited = start({ maxStrikes: 0 });
    unlimited.addMany('a', 100);
    expect(unlimited.refusedForMs('a')).toBe(0);
    const { addMany, refusedForMs } = start();
    for (let i = 0; i < 10_001; i++) addMany(`network ${i}`, 3);
    expect(refusedForMs('network 0')).toBe(0);
    expect(refusedForMs('network 10000')).toBe(1_000);
  });
});
