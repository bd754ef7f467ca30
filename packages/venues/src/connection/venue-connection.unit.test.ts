import { listedOn } from '@deltastream/reference';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Instrument } from '../instrument.ts';
import type { Venue } from '../venue.ts';
import { notedSink, scriptedPorts } from './connection.fixture.ts';
import { createVenueConnection } from './venue-connection.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const option = (product: string): Instrument => ({
  ...{ kind: 'option', id: product, listing: listedOn('NSE', product), expiry: '2026-12-01', expiresAt: 1 },
  ...{ strike: 100, side: 'call', lotSize: 1 },
});

it('a product that is not listed once stays until the venue has said so several times', async () => {
  let products = ['NIFTY', 'BANKNIFTY'];
  const venue: Venue = {
    name: 'venue',
    instruments: async () => ({ asOf: 0, instruments: products.map(option), rejected: new Map() }),
    subscriptions: () => [],
    wire: null,
    polls: [],
    volume: 'session',
  };
  const loaded: string[] = [];
  const connection = createVenueConnection(
    {
      venue,
      products,
      sink: notedSink(),
      reconnected: () => undefined,
      loaded: ({ instruments }) => loaded.push(instruments.map(({ id }) => id).join()),
      settings: {
        ...{ reloadMs: 600_000, relistMs: 1_000, requestMs: 1_000, closeMs: 100 },
        ...{ firstRetryMs: 100, lastRetryMs: 1_000 },
      },
    },
    scriptedPorts().ports,
  );
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  products = ['NIFTY'];
  await vi.advanceTimersByTimeAsync(600_000);
  expect(connection.report()).toMatchObject({
    state: 'waiting',
    reason: expect.stringContaining('venue lists no options of BANKNIFTY any more'),
    listed: 2,
  });
  products = ['NIFTY', 'BANKNIFTY'];
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connection.report()).toMatchObject({ state: 'live', listed: 2 });
  expect(loaded).toEqual(['NIFTY,BANKNIFTY', 'NIFTY,BANKNIFTY']);
  products = ['NIFTY'];
  await vi.advanceTimersByTimeAsync(600_000 + 4 * 60_000);
  expect(loaded).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(loaded.at(-1)).toBe('NIFTY');
  expect(connection.report()).toMatchObject({ state: 'live', listed: 1 });
  await connection.close();
});
