import type { PlatformStatus, VenueStatus } from '@deltastream/contracts';
import { expect, it } from 'vitest';
import { createPlatformObservations, type PlatformLook } from './platform-observations.ts';

const NOW = Date.UTC(2026, 10, 26, 9, 15);
const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();
const WELL: PlatformStatus = {
  data: 'live',
  feed: { state: 'running', source: 'synthetic', since: ago(600) },
  services: [],
  stale: [],
  problems: [],
};
const look = (status: Partial<PlatformStatus>, given: Partial<PlatformLook> = {}): PlatformLook => ({
  ...{ nowMs: NOW, status: { ...WELL, ...status }, deadLetters: 0, disk: null, missing: new Map() },
  ...given,
});
const open = () => {
  const observe = createPlatformObservations();
  return (given: PlatformLook) => new Map(observe(given).map(({ key, values }) => [key, values]));
};

it('tells since when products stall and repeat, and that they do so no more', () => {
  const observe = open();
  const venue: VenueStatus = {
    ...{ venue: 'deribit', state: 'live', since: ago(600), reason: null },
    watchdogs: [
      { kind: 'frozen', product: 'BTC', since: ago(70), detail: '' },
      { kind: 'stall', product: 'ETH', since: ago(40), detail: '' },
      { kind: 'oi_zero', product: 'SOL', since: ago(90), detail: '' },
    ],
  };
  const troubled = observe(
    look({
      stale: [{ product: 'NIFTY', since: ago(12) }],
      feed: { ...WELL.feed, venues: [venue] },
    }),
  );
  expect(troubled.get('product NIFTY')).toMatchObject({
    product: 'NIFTY',
    stall_seconds: 12,
    frozen_seconds: 0,
  });
  expect(troubled.get('product BTC')).toMatchObject({ stall_seconds: 0, frozen_seconds: 70 });
  expect(troubled.get('product ETH')).toMatchObject({ stall_seconds: 40 });
  expect(troubled.get('product SOL')).toMatchObject({ frozen_seconds: 0, stale_open_interest_seconds: 90 });
  const well = observe(look({}));
  expect(well.get('product SOL')).toMatchObject({ stale_open_interest_seconds: 0 });
  expect(well.get('product NIFTY')).toMatchObject({ stall_seconds: 0 });
  expect(well.get('product BTC')).toMatchObject({ frozen_seconds: 0 });
});

it.each([
  ['failed', 30],
  ['away', 30],
  ['stopped', 30],
  ['running', 0],
  ['finished', 0],
] as const)('a feed that is %s for 30 s gives no data for %i s', (state, seconds) => {
  const observed = open()(look({ feed: { ...WELL.feed, state, since: ago(30) } }));
  expect(observed.get('service feed data')).toEqual({ service: 'feed', feed_disconnected_seconds: seconds });
});

it('tells of a venue that is not live, and of services that are away', () => {
  const venues: VenueStatus[] = [
    { venue: 'kite', state: 'refused', since: ago(90), reason: 'token', watchdogs: [] },
    { venue: 'nse', state: 'closed', since: ago(900), reason: null, watchdogs: [] },
  ];
  const observed = open()(
    look({
      feed: { ...WELL.feed, venues },
      problems: [
        { part: 'storage', code: 'service_away', reason: 'silent', since: ago(20), fault: true },
        { part: 'data', code: 'market_closed', reason: 'closed', since: ago(500), fault: false },
      ],
    }),
  );
  expect(observed.get('venue kite')).toEqual({ service: 'kite', feed_disconnected_seconds: 90 });
  expect(observed.get('venue nse')).toEqual({ service: 'nse', feed_disconnected_seconds: 0 });
  expect(observed.get('service storage')).toEqual({ service: 'storage', service_away_seconds: 20 });
  expect(observed.has('service data')).toBe(false);
});

it('tells of dead letters, missing messages and the disk, which may not be known', () => {
  const observe = open();
  const disk = { freeBytes: 5, bytes: 100 };
  const first = observe(look({}, { deadLetters: 3, disk, missing: new Map([['SPX', 4]]) }));
  expect(first.get('platform')).toEqual({ dead_letters: 3, disk_free_bytes: 5, disk_free_fraction: 0.05 });
  expect(first.get('product SPX')).toMatchObject({ gap_messages: 4 });
  const second = observe(look({}));
  expect(second.get('platform')).toMatchObject({ disk_free_bytes: null, disk_free_fraction: null });
  expect(second.get('product SPX')).toMatchObject({ gap_messages: 0 });
});
