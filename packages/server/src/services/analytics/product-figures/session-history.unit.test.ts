import type { Bar } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { ANALYTICS } from '../settings.ts';
import { createSessionHistory } from './session-history.ts';

const SESSION = Date.UTC(2026, 7, 18);
const NOW = Date.UTC(2026, 7, 19, 4);

const barAt = (start: number, close: number): Bar => {
  const prices = { open: 100, high: 120, low: 90, close };
  return { product: 'BTC', interval: '5m', start, open_at: start, close_at: start + 1000, ...prices };
};

it('reads a past session again whenever any import, also one of several at a time, brought rows', async () => {
  const bars = [barAt(SESSION, 101)];
  let importedRows = 1;
  const history = createSessionHistory(
    {
      expiries: async () => [],
      summaries: async () => [],
      bars: async (_product, _interval, { limit }) => bars.slice(0, limit),
      importedRows: async () => importedRows,
    },
    ANALYTICS.defaults,
  );
  const closes = async () => (await history.bars('BTC', NOW)).map(({ close }) => close);
  expect(await closes()).toEqual([101]);
  bars.push(barAt(SESSION + 300_000, 102));
  expect(await closes()).toEqual([101]);
  importedRows++;
  expect(await closes()).toEqual([102]);
});
