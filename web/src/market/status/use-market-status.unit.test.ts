import type { MarketStatus } from '@deltastream/client';
import { expect, it } from 'vitest';
import { withTold } from './use-market-status.ts';

it('keeps the phases of products that a later message does not name', () => {
  const at = '2026-08-19T05:57:01.000Z';
  const told = (phases: MarketStatus['phases']): MarketStatus => ({
    ...{ status: 'live', reason: null, timestamp: at, sessions: {}, phases },
  });
  const first = withTold(null, told({ NIFTY: 'continuous', SPY: 'closed' }), Date.parse(at) + 40);
  expect(first.aheadMs).toBe(40);
  const second = withTold(first, told({ NIFTY: 'closed' }), Date.parse(at));
  expect(second.phases).toEqual({ NIFTY: 'closed', SPY: 'closed' });
});
