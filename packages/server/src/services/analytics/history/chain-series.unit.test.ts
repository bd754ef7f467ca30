import { expect, it } from 'vitest';
import { chainOf } from '../stored-chain.fixture.ts';
import { chainsAt } from './chain-series.ts';
import { createReadBudget } from './series-bounds.ts';

it('reads no chain after the budget is spent, however many strikes those before the newest have', async () => {
  const strikesAt = [40, 30, 20, 10];
  const read: number[] = [];
  const reader = {
    async *snapshotsAt(product: string, expiry: string, timestamps: readonly number[]) {
      for (const timestamp of timestamps) {
        read.push(timestamp);
        const strike = Array.from({ length: strikesAt[timestamp] }, (_, i) => 100 + i);
        yield chainOf(product, expiry, timestamp, { strike });
      }
    },
  };
  const reading = async (maxReadCells: number) => {
    const seen: number[] = [];
    const budget = createReadBudget(maxReadCells);
    const key = { product: 'NIFTY', expiry: '2026-08-25' };
    for await (const chain of chainsAt(reader, key, [0, 1, 2, 3], ['strike'], budget)) {
      seen.push(chain.columns.count);
    }
    return seen;
  };
  expect(await reading(100)).toEqual(strikesAt);
  read.length = 0;
  await expect(reading(99)).rejects.toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('more than 99 strikes'),
  });
  expect(read).toEqual([0, 1, 2, 3]);
  read.length = 0;
  await expect(reading(40)).rejects.toMatchObject({ code: 'invalid_request' });
  expect(read).toEqual([0, 1]);
});
