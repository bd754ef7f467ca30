import { expect, it } from 'vitest';
import {
  SERVICE_COLUMNS,
  serviceRows,
  VENUE_COLUMNS,
  venueRows,
  WATCHDOG_COLUMNS,
  watchdogRows,
} from './service-rows.ts';

const upstream = {
  name: 'storage',
  place: 'remote',
  ok: false,
  circuit: 'half_open',
  last_error: 'refused',
  last_error_at: null,
  latency_ms: 12.5,
  requests: 4,
  stale_answers: 1,
} as const;

it('has a row for what the gateway and the bus know, and null for what one of them does not', () => {
  const rows = serviceRows(
    {
      status: 'degraded',
      timestamp: '2026-08-19T04:00:00.000Z',
      uptime_seconds: 1,
      tokens_required: false,
      upstreams: [upstream],
      platform: {
        data: 'live',
        feed: { state: 'running', source: 'synthetic', since: null },
        services: [
          { name: 'storage', instances: 2, ok: true, since: null },
          { name: 'feed', instances: 0, ok: false, since: '2026-08-19T04:00:00.000Z' },
        ],
        stale: [],
        problems: [],
      },
    },
    (iso) => iso.slice(11, 19),
  );
  expect(rows).toEqual([
    ['feed', 'not ready', null, 0, '04:00:00', null, null, null, null, null],
    ['storage', 'not ready', 'remote', 2, null, 'half-open', 12.5, 4, 1, 'refused'],
  ]);
  expect(rows[0]).toHaveLength(SERVICE_COLUMNS.length);
});

it('has a row for each venue of the feed, with since when it is so and why', () => {
  const since = '2026-08-19T04:00:00.000Z';
  const rows = venueRows(
    [
      { venue: 'deribit', state: 'live', since, reason: null, watchdogs: [] },
      { venue: 'kite', state: 'refused', since, reason: 'the token expired', watchdogs: [] },
    ],
    (iso) => iso.slice(11, 19),
  );
  expect(rows).toEqual([
    ['Deribit', 'live', '04:00:00', null],
    ['Kite', 'refused', '04:00:00', 'the token expired'],
  ]);
  expect(rows[0]).toHaveLength(VENUE_COLUMNS.length);
});

it('has a row for each thing that is wrong with quotes of a product', () => {
  const since = '2026-08-19T04:00:00.000Z';
  const partial = {
    kind: 'partial',
    product: 'BTC',
    since,
    detail: 'contracts are missing of 2026-08-25',
  } as const;
  const rows = watchdogRows(
    [
      { venue: 'deribit', state: 'live', since, reason: null, watchdogs: [partial] },
      { venue: 'kite', state: 'live', since, reason: null, watchdogs: [] },
    ],
    (iso) => iso.slice(11, 19),
  );
  expect(rows).toEqual([
    ['BTC', 'Deribit', 'contracts are missing', '04:00:00', 'contracts are missing of 2026-08-25'],
  ]);
  expect(rows[0]).toHaveLength(WATCHDOG_COLUMNS.length);
});
