import type { MarketStatus } from '@deltastream/client';
import { expect, it } from 'vitest';
import { withReplay, withTold } from './use-market-status.ts';

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

it('has the products of a replay until it is stopped or fails', () => {
  const playing = withReplay(new Set(), { state: 'playing', products: ['NIFTY'] });
  expect([...playing]).toEqual(['NIFTY']);
  expect(withReplay(playing, { state: 'ended', products: ['NIFTY'] })).toBe(playing);
  expect(withReplay(playing, { state: 'stopped', products: ['NIFTY'] }).size).toBe(0);
  expect(withReplay(playing, { state: 'failed', products: ['NIFTY'] }).size).toBe(0);
});
