import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonStep } from '../../src/index.ts';

describe('common step of prices', () => {
  test.each([0.05, 0.01, 0.0005, 0.25, 1, 5])('%d is found in prices on it (property)', (tick) => {
    const perUnit = Math.round(1 / Math.min(1, tick));
    const price = (steps: number) => (tick < 1 ? steps / perUnit : steps * tick);
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 90_000 }), { minLength: 10, maxLength: 80 }),
        (steps) => {
          const step =
            commonStep([Float64Array.from(steps, price), Float64Array.of(Number.NaN, 0, price(7))]) ?? 0;
          // All of them may share a greater step by chance, never a smaller one.
          const multiple = step / tick;
          expect(multiple).toBeGreaterThan(1 - 1e-9);
          expect(Math.abs(multiple - Math.round(multiple))).toBeLessThan(1e-9);
        },
      ),
    );
    const consecutive = Float64Array.from({ length: 12 }, (_, i) => price(401 + i));
    expect(commonStep([consecutive])).toBe(tick);
  });

  test('is null for few prices, and for prices that are not decimals', () => {
    expect(commonStep([Float64Array.from({ length: 9 }, (_, i) => i + 1)])).toBeNull();
    expect(commonStep([Float64Array.from({ length: 20 }, (_, i) => (i + 1) / 3)])).toBeNull();
    expect(commonStep([])).toBeNull();
  });
});
