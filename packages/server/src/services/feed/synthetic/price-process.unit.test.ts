import { describe, expect, it } from 'vitest';
import { termVolatility } from './market-dynamics.ts';
import { scenarioOf } from './presets.ts';
import { createPriceProcess } from './price-process.ts';
import { createRandom } from './random.ts';
import type { Preset } from './synthetic-settings.ts';

const START = Date.parse('2026-08-19T05:00:00.000Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const VOLATILITY = 0.3;

const process = (preset: Preset, seed: number, drift = 0) =>
  createPriceProcess(
    {
      ...{ startMs: START, price: 24_000, volatility: VOLATILITY, drift, roundStrike: 500 },
      scenario: scenarioOf(preset),
    },
    createRandom(seed),
  );

/** Logarithmic returns and logarithms of volatility over the mean at even distances. */
function walk(preset: Preset, stepMs: number, steps: number, seed = 1) {
  const walked = process(preset, seed);
  const returns: number[] = [];
  const tensions: number[] = [];
  let last = Math.log(walked.price);
  for (let i = 1; i <= steps; i++) {
    walked.advance(START + i * stepMs);
    returns.push(Math.log(walked.price) - last);
    last = Math.log(walked.price);
    tensions.push(Math.log(walked.volatility / VOLATILITY));
  }
  return { returns, tensions };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const spread = (values: readonly number[]) => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};
const kurtosis = (values: readonly number[]) => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** 4)) / spread(values) ** 4;
};

describe('the price of a generated market', () => {
  it('moves as much as its volatility says, whatever the distance between two looks', () => {
    for (const [stepMs, steps] of [
      [HOUR, 30_000],
      [DAY, 20_000],
    ]) {
      const { returns } = walk('usual', stepMs, steps);
      // Less than implied by the premium that buyers pay, more by the spread of volatility and by jumps.
      expect((spread(returns) * Math.sqrt((365 * DAY) / stepMs)) / VOLATILITY).toBeCloseTo(1, 0.7);
      // Within four standard errors of no drift.
      expect(Math.abs(mean(returns))).toBeLessThan((4 * spread(returns)) / Math.sqrt(steps));
    }
  });

  it('has volatility that reverts to its mean, spreads about it, and rises as prices fall', () => {
    const { returns, tensions } = walk('usual', DAY, 20_000);
    expect(spread(tensions)).toBeGreaterThan(0.2);
    expect(spread(tensions)).toBeLessThan(0.35);
    expect(Math.abs(mean(tensions))).toBeLessThan(0.1);
    const moved = tensions.map((tension, i) => tension - (tensions[i - 1] ?? 0));
    const together = mean(moved.map((move, i) => move * returns[i])) / (spread(moved) * spread(returns));
    expect(together).toBeLessThan(-0.5);
  });

  it('jumps where its preset says: its returns have fatter tails', () => {
    expect(kurtosis(walk('usual', HOUR, 20_000).returns)).toBeGreaterThan(6);
    expect(kurtosis(walk('calm', HOUR, 20_000).returns)).toBeLessThan(5);
  });

  it('crashes by what the preset says, and volatility rises with it', () => {
    const crashed = Array.from({ length: 40 }, (_, seed) => {
      const falling = process('crash', seed);
      for (let ms = 0; ms <= 22 * 60_000; ms += 1000) falling.advance(START + ms);
      return { fall: Math.log(falling.price / 24_000), rise: Math.log(falling.volatility / VOLATILITY) };
    });
    expect(mean(crashed.map(({ fall }) => fall))).toBeCloseTo(-0.08, 2);
    expect(mean(crashed.map(({ rise }) => rise))).toBeCloseTo(0.9, 0.7);
  });

  it('crashes the same in one step as in many', () => {
    const atOnce = Array.from({ length: 40 }, (_, seed) => {
      const falling = process('crash', seed);
      falling.advance(START + 22 * 60_000);
      return Math.log(falling.price / 24_000);
    });
    expect(mean(atOnce)).toBeCloseTo(-0.08, 2);
  });

  it('trends where its preset says', () => {
    const { returns } = walk('trending', DAY, 2_000);
    expect(mean(returns) / (VOLATILITY / Math.sqrt(365))).toBeGreaterThan(0.7);
  });

  it('is drawn to round strikes on an expiry day', () => {
    const distances = (preset: Preset) =>
      Array.from({ length: 60 }, (_, seed) => {
        const drawn = process(preset, seed);
        for (let minute = 1; minute <= 600; minute++) drawn.advance(START + minute * 60_000);
        return Math.abs(drawn.price / 500 - Math.round(drawn.price / 500));
      });
    expect(mean(distances('expiry-day'))).toBeLessThan(0.75 * mean(distances('usual')));
  });
});

describe('volatility to an expiry', () => {
  it('is that of now at once, and the mean in the end', () => {
    expect(termVolatility(0.2, 0.5, 0)).toBe(0.5);
    expect(termVolatility(0.2, 0.5, 1e-9)).toBeCloseTo(0.5, 6);
    expect(termVolatility(0.2, 0.5, 100)).toBeCloseTo(0.2, 3);
  });

  it('gives a total variance that rises with time, whether volatility is above or below its mean', () => {
    for (const now of [0.02, 0.1, 0.2, 0.6, 3]) {
      let before = 0;
      for (let years = 1 / 525_600; years < 3; years *= 1.3) {
        const total = termVolatility(0.2, now, years) ** 2 * years;
        expect(total).toBeGreaterThan(before);
        before = total;
      }
    }
  });
});
