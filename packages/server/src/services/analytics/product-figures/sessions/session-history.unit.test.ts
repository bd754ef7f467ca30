import { type Bar, emptySummary } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import type { SummaryPoint } from '../../../../ports/stores/market/market-store.ts';
import { ANALYTICS } from '../../settings.ts';
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

it('counts no expiry among the close of a session that was not followed until then', async () => {
  const close = SESSION + 20 * 3_600_000;
  const figures = (timestamp: number, atm_iv: number) =>
    ({ ...emptySummary({}), timestamp, atm_iv }) as unknown as SummaryPoint;
  const expiryOf = (days: number, lastTimestamp: number, atm_iv: number) => {
    const expiryAt = SESSION + days * 86_400_000;
    const expiry = new Date(expiryAt).toISOString().slice(0, 10);
    return { listed: { expiry, expiryAt, firstTimestamp: SESSION, lastTimestamp }, atm_iv };
  };
  const stored = [
    expiryOf(5, close - 2 * 3_600_000, 0.9),
    expiryOf(10, close - 60_000, 0.3),
    expiryOf(40, close, 0.4),
  ];
  const history = createSessionHistory(
    {
      expiries: async () => stored.map(({ listed }) => listed),
      summaries: async (_product, expiry) =>
        stored.flatMap(({ listed, atm_iv }) =>
          listed.expiry === expiry ? [figures(listed.lastTimestamp, atm_iv)] : [],
        ),
      bars: async () => [],
      importedRows: async () => 0,
    },
    ANALYTICS.defaults,
  );
  const [{ iv }] = await history.closes('BTC', NOW);
  expect(iv).toMatchObject({ iv_nearest: 0.3, iv_7d: null });
});
