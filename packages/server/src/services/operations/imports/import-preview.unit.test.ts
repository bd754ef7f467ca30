import type { RawChain } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import type { MarketReader } from '../../../ports/stores/market/market-store.ts';
import { createPreview } from './import-preview.ts';

const FORMAT = { name: 'rows', units: 'contracts' } as Parameters<ReturnType<typeof createPreview>['end']>[0];
const chain = (expiry: string, timestamp: number) =>
  ({ product: 'NIFTY', expiry, timestamp, currency: 'INR', lot_size: 65, columns: { count: 1 } }) as RawChain;
const preview = (most: number) => {
  let asked = 0;
  const summaries = async () => {
    asked += 1;
    return [];
  };
  const held = createPreview({ summaries, ticks: async () => [] } as unknown as MarketReader, most);
  return { ...held, asked: () => asked };
};

it('counts expiries that are left out up to as many as are listed', async () => {
  const { chain: add, end } = preview(2);
  for (let i = 0; i < 9; i++) await add(chain(`2026-09-0${i + 1}`, i));
  expect((await end(FORMAT)).products).toMatchObject([{ expiries_left_out: 2, chains: 9 }]);
});

it('asks for times before they are many altogether, however few each expiry has', async () => {
  const { chain: add, asked } = preview(250);
  for (let i = 0; i < 99_999; i++) await add(chain(`e${i % 250}`, i));
  expect(asked()).toBe(0);
  await add(chain('e0', 99_999));
  expect(asked()).toBe(250);
});
