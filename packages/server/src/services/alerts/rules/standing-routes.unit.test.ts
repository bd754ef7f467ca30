import type { RuleStanding } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { byProductAndExpiry } from './standing-routes.ts';

it('orders how a rule stands by product and expiry, whichever partitions they are of', () => {
  const of = (product: string | null, expiry: string | null) => ({ product, expiry }) as RuleStanding;
  const found = [
    of('SPX', '2026-12-03'),
    of('NIFTY', '2026-12-10'),
    of(null, null),
    of('BTC', null),
    of('NIFTY', '2026-12-03'),
  ];
  const sorted = found.toSorted(byProductAndExpiry);
  expect(sorted.map(({ product, expiry }) => `${product} ${expiry}`)).toEqual([
    'null null',
    'BTC null',
    'NIFTY 2026-12-03',
    'NIFTY 2026-12-10',
    'SPX 2026-12-03',
  ]);
});
