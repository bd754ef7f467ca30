import { expect, it } from 'vitest';
import type { Lane } from '../computing/lanes.ts';
import { createForecasts } from './forecasts.ts';
import type { SessionBar } from './sessions/session-history.ts';

const barsOf = (sessions: number): SessionBar[] =>
  Array.from({ length: sessions + 1 }, (_, i) => {
    const close = 100 * Math.exp(0.01 * Math.sin(i * i));
    return { date: `session ${i}`, open: 100, high: 102, low: 98, close, variance: 1e-4 };
  });

function forecastsOf() {
  const computed: [Lane, number][] = [];
  const forecasts = createForecasts(
    {
      run: (lane, work) =>
        work({
          fit: async () => [],
          forecast: async ({ sessions }) => {
            computed.push([lane, sessions.returns.length]);
            return [];
          },
        }),
    },
    { maxCachedForecasts: 10, maxCachedAsOf: 10 },
  );
  return { computed, forecasts };
}

it('computes a forecast once for the same sessions, where those as of an instant are computed or live', async () => {
  const { computed, forecasts } = forecastsOf();
  await Promise.all([1, 2, 3].map(() => forecasts.of(barsOf(80), 252, 'live')));
  await forecasts.of(barsOf(80), 252, 'asOf');
  expect(computed).toEqual([['live', 80]]);
  await forecasts.of(barsOf(70), 252, 'asOf');
  await forecasts.of(barsOf(70), 252, 'asOf');
  expect(computed).toEqual([
    ['live', 80],
    ['asOf', 70],
  ]);
  // Annualised otherwise, it is another one.
  await forecasts.of(barsOf(80), 365, 'live');
  expect(computed).toHaveLength(3);
});

it('starts no thread below the sessions that a forecast needs', async () => {
  const { computed, forecasts } = forecastsOf();
  expect(await forecasts.of(barsOf(59), 252, 'live')).toEqual([]);
  expect(computed).toEqual([]);
  await forecasts.of(barsOf(60), 252, 'live');
  expect(computed).toEqual([['live', 60]]);
});
