import { expect, it } from 'vitest';
import { createTimeOrderReport } from './time-order.ts';

const NINE = Date.parse('2026-08-19T09:00:00Z');
const MINUTE_MS = 60_000;

it('says once that a recording goes back in time, and nothing of products side by side', () => {
  const logged: unknown[][] = [];
  const report = createTimeOrderReport({ event: (...said) => void logged.push(said) });
  report(NINE + 10 * MINUTE_MS, 'NIFTY');
  report(NINE + 9 * MINUTE_MS, 'BANKNIFTY');
  expect(logged).toEqual([]);
  report(NINE, 'BTC');
  report(NINE, 'ETH');
  expect(logged).toEqual([
    [
      'recording_goes_back',
      { product: 'BTC', from: '2026-08-19T09:10:00.000Z', to: '2026-08-19T09:00:00.000Z' },
    ],
  ]);
});
