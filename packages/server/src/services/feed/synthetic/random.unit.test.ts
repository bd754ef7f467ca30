import { expect, test } from 'vitest';
import { createRandom, derivedSeed } from './random.ts';

test('a seed fixes the sequence', () => {
  const take = (seed: number) => {
    const random = createRandom(seed);
    return [random.uniform(), random.normal(), random.count(3), random.count(100), random.uniform()];
  };
  expect(take(42)).toEqual(take(42));
  expect(take(42)).not.toEqual(take(43));
});

test('moments are those of the distributions', () => {
  const random = createRandom(1);
  const draw = (next: () => number) => {
    const values = Array.from({ length: 50_000 }, next);
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length };
  };
  const near = (actual: number, wanted: number, within: number) =>
    expect(Math.abs(actual - wanted)).toBeLessThan(within);
  const uniform = draw(random.uniform);
  near(uniform.mean, 0.5, 0.01);
  near(uniform.variance, 1 / 12, 0.005);
  const normal = draw(random.normal);
  near(normal.mean, 0, 0.02);
  near(normal.variance, 1, 0.03);
  for (const wanted of [0.3, 4, 80]) {
    const count = draw(() => random.count(wanted));
    near(count.mean / wanted, 1, 0.03);
    near(count.variance / wanted, 1, 0.05);
  }
});

test('nothing happens at a rate of zero or less', () => {
  const random = createRandom(1);
  expect([random.count(0), random.count(-1), random.count(Number.NaN)]).toEqual([0, 0, 0]);
});

test('names give different seeds', () => {
  const names = ['NIFTY', 'BANKNIFTY', 'SPY', 'BTC'];
  expect(new Set(names.map((name) => derivedSeed(1, name))).size).toBe(names.length);
  expect(derivedSeed(1, 'SPY')).not.toBe(derivedSeed(2, 'SPY'));
});
