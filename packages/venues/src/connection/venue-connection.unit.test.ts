import { listedOn } from '@deltastream/reference';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Instrument, InstrumentList } from '../instrument.ts';
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

it('no list is asked for faster than allowed, wherever the clock says that its instant is', async () => {
  vi.setSystemTime(KEPT_AT);
  const { state, connection } = followed(null, (after) => after - 61_000);
  await vi.advanceTimersByTimeAsync(3_500);
  expect(state.asked).toBe(4);
  await connection.close();
});

/** A venue whose list can be away, with what is kept of it. */
function followed(kept: InstrumentList | null, nextListAt?: (after: number) => number) {
  const state = { isAway: false, asked: 0, restored: 0, loaded: [] as number[], saved: [] as number[] };
  const venue: Venue = {
    name: 'venue',
    instruments: async () => {
      state.asked++;
      if (state.isAway) throw new Error('ECONNREFUSED');
      return { asOf: Date.now(), instruments: [option('NIFTY')], rejected: new Map() };
    },
    restore: () => {
      state.restored++;
    },
    subscriptions: () => [],
    wire: null,
    polls: [],
    volume: 'session',
  };
  const connection = createVenueConnection(
    {
      ...{ venue, products: ['NIFTY'], sink: notedSink(), reconnected: () => undefined, nextListAt },
      loaded: ({ asOf }) => state.loaded.push(asOf),
      keeper: {
        load: async () => kept,
        save: async (_venue, { asOf }) => void state.saved.push(asOf),
      },
      settings: {
        ...{ reloadMs: 21_600_000, relistMs: 1_000, requestMs: 1_000, closeMs: 100 },
        ...{ firstRetryMs: 100, lastRetryMs: 1_000 },
      },
    },
    scriptedPorts().ports,
  );
  connection.start();
  return { state, connection };
}

const KEPT_AT = Date.UTC(2026, 10, 1);
const KEPT: InstrumentList = { asOf: KEPT_AT, instruments: [option('NIFTY')], rejected: new Map() };

it('a start without the list of the venue is one with the list that was kept, and says so', async () => {
  const { state, connection } = followed(KEPT);
  state.isAway = true;
  await vi.advanceTimersByTimeAsync(0);
  expect(state).toMatchObject({ loaded: [KEPT_AT], restored: 1, saved: [] });
  expect(connection.report()).toMatchObject({
    ...{ state: 'live', listed: 1 },
    reason: 'the list of 2026-11-01T00:00:00.000Z is used: ECONNREFUSED',
  });
  const { asked } = state;
  await vi.advanceTimersByTimeAsync(1_100);
  expect(state.asked).toBeGreaterThan(asked);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(1_100);
  expect(connection.report()).toMatchObject({ state: 'live', reason: null });
  expect(state.saved).toEqual(state.loaded.slice(1));
  expect(state.saved).toHaveLength(1);
  await connection.close();
});

it('a product of the list that was kept is not lost by the first list of the venue', async () => {
  const kept = { ...KEPT, instruments: ['NIFTY', 'BANKNIFTY'].map(option) };
  const { state, connection } = followed(kept);
  state.isAway = true;
  await vi.advanceTimersByTimeAsync(0);
  state.isAway = false;
  await vi.advanceTimersByTimeAsync(1_100);
  expect(connection.report()).toMatchObject({
    reason: expect.stringContaining('venue lists no options of BANKNIFTY any more'),
    listed: 2,
  });
  expect(state).toMatchObject({ loaded: [KEPT_AT], saved: [] });
  await connection.close();
});

it('a start without any list waits for one', async () => {
  const { state, connection } = followed(null);
  state.isAway = true;
  await vi.advanceTimersByTimeAsync(0);
  expect(connection.report()).toMatchObject({ state: 'waiting', reason: 'ECONNREFUSED', listed: 0 });
  await connection.close();
});

it('the list is asked for at its instant of the day, within a minute; the former one stays where that fails', async () => {
  vi.setSystemTime(KEPT_AT);
  const at = KEPT_AT + 3_600_000;
  const { state, connection } = followed(null, (after) => (after < at ? at : at + 86_400_000));
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(state.asked).toBe(1);
  state.isAway = true;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(state.asked).toBe(2);
  expect(connection.report()).toMatchObject({
    ...{ state: 'live', listed: 1 },
    reason: 'the list of 2026-11-01T00:00:00.000Z is used: ECONNREFUSED',
  });
  expect(state.restored).toBe(0);
  await connection.close();
});

it('expiries that the reference data does not expect are told once', async () => {
  let expiries = ['2026-12-01', '2026-12-03', '2026-12-05', '2030-01-01'];
  const venue: Venue = {
    name: 'venue',
    instruments: async () => ({
      asOf: Date.UTC(2026, 10, 27, 4),
      instruments: expiries.flatMap((expiry) =>
        ['call', 'put'].map(
          (side) => ({ ...option('NIFTY'), id: `${expiry} ${side}`, expiry, side }) as Instrument,
        ),
      ),
      rejected: new Map(),
    }),
    subscriptions: () => [],
    wire: null,
    polls: [],
    volume: 'session',
  };
  const { ports, logged } = scriptedPorts();
  const said = () => logged.splice(0).filter((line) => line.startsWith('venue_expiry_unexpected'));
  const connection = createVenueConnection(
    {
      ...{
        venue,
        products: ['NIFTY'],
        sink: notedSink(),
        reconnected: () => undefined,
        loaded: () => undefined,
      },
      settings: {
        ...{ reloadMs: 600_000, relistMs: 1_000, requestMs: 1_000, closeMs: 100 },
        ...{ firstRetryMs: 100, lastRetryMs: 1_000 },
      },
    },
    ports,
  );
  connection.start();
  await vi.advanceTimersByTimeAsync(0);
  const of = (flag: string, ...dates: string[]) =>
    `venue_expiry_unexpected ${JSON.stringify({ venue: 'venue', product: 'NIFTY', flag, expiries: dates })}`;
  expect(said()).toEqual([of('not_scheduled', '2026-12-03'), of('no_session', '2026-12-05')]);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said()).toEqual([]);
  expiries = ['2026-12-01', '2026-12-03', '2026-12-10'];
  await vi.advanceTimersByTimeAsync(600_000);
  expect(said()).toEqual([of('not_scheduled', '2026-12-03', '2026-12-10')]);
  await connection.close();
});
