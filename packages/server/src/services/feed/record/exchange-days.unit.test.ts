import { expect, it } from 'vitest';
import { createExchangeDays } from './exchange-days.ts';

const at = (text: string) => Date.parse(text);

it('begins a day at midnight of the exchange of the first product, once, and not by what is late', () => {
  const days = createExchangeDays();
  expect(days.begins('NIFTY', at('2026-11-26T18:29:59Z'))).toBe(false);
  expect(days.begins('NIFTY', at('2026-11-26T18:30:00Z'))).toBe(true);
  expect(days.begins('BTC', at('2026-11-26T18:29:00Z'))).toBe(false);
  expect(days.begins('BTC', at('2026-11-27T00:00:01Z'))).toBe(false);
  expect(days.begins('NIFTY', at('2026-11-30T03:45:00Z'))).toBe(true);
});

it('goes by UTC where the first product is not known', () => {
  const days = createExchangeDays();
  expect(days.begins('NOSUCH', at('2026-11-26T23:59:59Z'))).toBe(false);
  expect(days.begins('NOSUCH', at('2026-11-27T00:00:00Z'))).toBe(true);
});
