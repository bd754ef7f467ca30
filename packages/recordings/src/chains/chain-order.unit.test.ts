import { listedOn } from '@deltastream/reference';
import { expect, test } from 'vitest';
import { createChainBuilder } from './chain-builder.ts';
import { createChainOrder } from './chain-order.ts';
import { chainReading } from './chain-reading.ts';
import { listedLot } from './lots.ts';
import { type Reading, spotTick } from './reading.ts';

const NIFTY = listedOn('NSE', 'NIFTY');
const START = Date.parse('2026-08-19T05:00:00Z');
const chain = (minute: number, expiry = '2026-08-25'): Reading =>
  chainReading({
    listing: NIFTY,
    expiry,
    timestamp: START + minute * 60_000,
    spot: 24_000,
    lot: listedLot(NIFTY, expiry, START),
    columns: createChainBuilder().build(),
  });
const tick = (minute: number) => spotTick(NIFTY, START + minute * 60_000, 24_000) as Reading;

test('what repeats or precedes what came is rejected where it stands; other expiries and prices are apart', () => {
  const inOrder = createChainOrder();
  const outcomes = [
    tick(1),
    chain(1),
    chain(1, '2026-09-01'),
    tick(1),
    chain(1),
    chain(0),
    tick(0),
    chain(2),
  ].map((reading) => inOrder(reading, { file: 'pages.tar', member: 'b.json' }));
  expect(outcomes.map((each) => (each.kind === 'rejected' ? each.rejection : each.kind))).toEqual([
    'tick',
    'chain',
    'chain',
    'tick',
    'duplicate',
    'out_of_order',
    'out_of_order',
    'chain',
  ]);
  expect(outcomes[5]).toMatchObject({
    where: { file: 'pages.tar', member: 'b.json' },
    reason: 'NIFTY 2026-08-25 at 2026-08-19T05:00:00.000Z is before 2026-08-19T05:01:00.000Z, already passed',
  });
});
