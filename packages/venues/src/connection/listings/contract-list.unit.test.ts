import { listedOn } from '@deltastream/reference';
import { expect, it } from 'vitest';
import type { Instrument } from '../../instrument.ts';
import { createContractList } from './contract-list.ts';

const listing = listedOn('NSE', 'NIFTY');
const option = (id: number, strike = id): Instrument => ({
  ...{ kind: 'option', id, listing, expiry: '2026-12-01', expiresAt: 1 },
  ...{ strike, side: 'call', lotSize: 65 },
});

it('keeps the first of one id or one contract, and futures of the expiries of options', () => {
  const list = createContractList(['NIFTY', 'SBIN'], 7);
  list.add(option(1), 'one');
  expect(() => list.add(option(1), 'two')).toThrow('two is listed twice');
  expect(() => list.add(option(2), 'one')).toThrow('one is listed twice');
  list.add({ kind: 'future', id: 3, listing, expiry: '2026-12-01', expiresAt: 1 }, 'future');
  list.add({ kind: 'future', id: 4, listing, expiry: '2026-12-02', expiresAt: 1 }, 'later future');
  list.add({ kind: 'underlying', id: 5, listing }, 'underlying');
  const { instruments, rejected, asOf } = list.done();
  expect(instruments.map(({ id }) => id)).toEqual([1, 3, 5]);
  expect([...rejected]).toEqual([['no options of SBIN', 1]]);
  expect(asOf).toBe(7);
});

it('ends with a list that is longer than any', () => {
  const list = createContractList(['NIFTY'], 7);
  for (let id = 0; id < 500_000; id++) list.add(option(id), String(id));
  expect(() => list.add(option(500_000), '500000')).toThrow('more than 500000 contracts of NIFTY');
});
