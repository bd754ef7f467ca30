import { expect, it } from 'vitest';
import { type Watchdog, watchdogDetail, watchdogName, watchdogsOf } from './watchdog-text.ts';

const crossed: Watchdog = {
  kind: 'crossed',
  product: 'BTC',
  since: '2026-08-19T04:00:02.000Z',
  detail: 'a bid was above its ask',
};
const stall: Watchdog = { ...crossed, kind: 'stall', since: '2026-08-19T04:00:00.000Z' };
const venue = { state: 'live', since: stall.since, reason: null } as const;

it('gives what is wrong with quotes of one product, of every venue, the longest first', () => {
  const venues = [
    { ...venue, venue: 'deribit', watchdogs: [crossed, { ...crossed, product: 'ETH' }] },
    { ...venue, venue: 'kite', watchdogs: [stall] },
  ];
  const feed = { state: 'running', source: 'deribit,kite', since: null, venues } as const;
  expect(watchdogsOf({ feed: { ...feed, venues } }, 'BTC')).toEqual([stall, crossed]);
  expect(watchdogsOf({ feed: { ...feed, venues: undefined } }, 'BTC')).toEqual([]);
  expect(watchdogsOf(null, 'BTC')).toEqual([]);
});

it('says it in words, with since when', () => {
  expect(watchdogName(crossed)).toBe('bid above ask');
  expect(watchdogDetail(crossed, (iso) => iso.slice(11, 19))).toBe('since 04:00:02: a bid was above its ask');
  expect(watchdogDetail({ ...stall, detail: 'no quote for 30000 ms' }, () => '04:00:00')).toBe(
    'since 04:00:00: no quote for 30 s',
  );
});
