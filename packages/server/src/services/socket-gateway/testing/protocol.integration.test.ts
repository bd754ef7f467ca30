import {
  ALERTS,
  type Alert,
  applyChainDelta,
  type ChainView,
  ENRICHED_SURFACES,
  type SurfaceFit,
} from '@deltastream/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import type { Bus } from '../../../ports/bus.ts';
import { createManualClock } from '../../../ports/clock.ts';
import { ask, createGatewayHarness, received } from './gateway.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

const alert = (seq: number): Alert => ({
  id: `a${seq}`,
  product: 'NIFTY',
  timestamp: 0,
  epoch: 'e1',
  seq,
  kind: 'test',
  severity: 'info',
  message: 'something',
  expiry: null,
  strike: null,
  value: null,
  threshold: null,
});

describe('socket gateway: kinds of rooms', () => {
  it('sends summaries, bars, surfaces and alerts to who asks for them', async () => {
    const { bus, url, tick, chain } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    const summaries = received(client, 'chain_summary');
    const bars = received(client, 'bar_update');
    const surfaces = received(client, 'surface_update');
    const alerts = received(client, 'alert');
    for (const type of ['summary', 'bars', 'surface', 'alerts']) {
      expect(await ask(client, { type, symbol: 'NIFTY' })).toMatchObject({ ok: true, epoch: null });
    }
    await chain('NIFTY', '2026-08-25', 1);
    const start = Date.UTC(2026, 7, 19, 5, 57);
    const prices = { open: 1, high: 3, low: 1, close: 2 };
    const part = { product: 'NIFTY', interval: '1m', start, open_at: start, close_at: start, ...prices };
    await tick('NIFTY', 1, { bars: [part] });
    const surface: SurfaceFit = { product: 'NIFTY', timestamp: start, epoch: 'e1', seq: 1, slices: [] };
    await bus.publish(ENRICHED_SURFACES.name, ENRICHED_SURFACES.frames.encode(surface));
    await bus.publish(ALERTS.name, ALERTS.frames.encode(alert(1)));
    await vi.waitFor(() =>
      expect([summaries, bars, surfaces, alerts].map(({ length }) => length)).toEqual([1, 1, 1, 1]),
    );
    expect(summaries[0]).toMatchObject({ room: 'summary:NIFTY', room_seq: 1, spot_price: 100 });
    expect(summaries[0]).not.toHaveProperty('calls');
    expect(bars[0]).toMatchObject({
      room: 'bars:NIFTY:1m',
      start: '2026-08-19T05:57:00.000Z',
      high: 3,
      partial: true,
    });
    expect(surfaces[0]).toMatchObject({ product: 'NIFTY', seq: 1, slices: [] });
    expect(alerts[0]).toMatchObject({
      room: 'alerts:NIFTY',
      id: 'a1',
      timestamp: '1970-01-01T00:00:00.000Z',
    });
    const later = await join(url);
    expect(await ask(later, { type: 'alerts', symbol: 'NIFTY' })).toMatchObject({ snapshot: [{ id: 'a1' }] });
    expect(await ask(later, { type: 'bars', symbol: 'NIFTY', bar: '5m' })).toMatchObject({ snapshot: [] });
  });

  it('sends chosen figures and exposures of one expiry or all, conflated', async () => {
    const { url, chain, metric } = await startGateway({ products: ['NIFTY'] });
    const [one, other] = await Promise.all([join(url), join(url)]);
    const figures = { type: 'figures', symbol: 'NIFTY', figures: ['pcr_oi', 'forward'] };
    const exposure = { type: 'exposure', symbol: 'NIFTY', expiry: '2026-08-25', model: 'all_long' };
    const [seen, exposures] = [received(one, 'figures_update'), received(one, 'exposure_update')];
    expect(await ask(one, figures)).toMatchObject({ ok: true, room: 'figures:NIFTY', snapshot: [] });
    expect(await ask(one, exposure)).toMatchObject({ room: 'exposure:NIFTY:2026-08-25', snapshot: null });
    // The same figures in another order are the same channel.
    await ask(other, { ...figures, figures: ['forward', 'pcr_oi', 'forward'] });
    expect(await metric('channels')).toBe(2);
    await chain('NIFTY', '2026-08-25', 1);
    await chain('NIFTY', '2026-08-25', 2);
    await chain('NIFTY', '2026-09-29', 3);
    await vi.waitFor(() => {
      expect(seen.at(-1)?.room_seq).toBe(3);
      expect(exposures.at(-1)?.seq).toBe(2);
    });
    expect(seen.find(({ seq }) => seq === 2)).toEqual({
      ...{ room: 'figures:NIFTY', room_seq: expect.any(Number), product: 'NIFTY', expiry: '2026-08-25' },
      ...{ timestamp: '2026-08-19T05:57:02.000Z', epoch: 'e1', seq: 2, quality: [] },
      figures: { forward: 100, pcr_oi: null },
      null_reasons: expect.any(Object),
    });
    expect(exposures.at(-1)).toMatchObject({
      model: 'all_long',
      totals: null,
      null_reason: 'no_iv',
      strikes: [],
    });
    const late = await ask(other, { ...exposure, expiry: undefined });
    expect(late).toMatchObject({
      expiries: ['2026-08-25', '2026-09-29'],
      snapshot: [{ seq: 2 }, { seq: 3 }],
    });
    expect(await ask(one, { ...figures, figures: ['no_such'] })).toMatchObject({ ok: false });
    expect(await ask(one, { ...figures, figures: [] })).toMatchObject({ ok: false });
  });

  it('sends what changed of a chain, and windows of strikes', async () => {
    const { url, chain } = await startGateway({ products: ['NIFTY'] });
    await chain('NIFTY', '2026-08-25', 1, 40);
    const [full, delta, window] = await Promise.all([join(url), join(url), join(url)]);
    const request = { type: 'chain', symbol: 'NIFTY', expiry: '2026-08-25', interval_ms: 0 };
    await ask(full, request);
    const begun = await ask(delta, { ...request, mode: 'delta' });
    const narrow = await ask(window, { ...request, strikes: { from: 111, to: 149 } });
    expect(narrow).toMatchObject({
      interval_ms: 50,
      strikes: { from: 110, to: 150 },
      snapshot: { strikes: [110, 120, 130, 140, 150] },
    });
    const [updates, parts] = [received(full, 'chain_update'), received(delta, 'chain_update')];
    await chain('NIFTY', '2026-08-25', 2, 40);
    await vi.waitFor(() => expect([updates.length, parts.length]).toEqual([1, 1]));
    expect(parts[0]).toMatchObject({
      kind: 'delta',
      from_seq: 1,
      seq: 2,
      header: {},
      columns: {
        call_open_interest: { p: 0, d: Array(40).fill(1) },
        put_open_interest: 'call_open_interest',
      },
    });
    const start = begun.ok ? (begun.snapshot as ChainView) : null;
    const { kind, room, room_seq, ...picture } = updates[0] as Extract<(typeof updates)[0], { kind: 'full' }>;
    expect(applyChainDelta(start, parts[0])).toEqual(picture);
    expect(JSON.stringify(parts[0]).length).toBeLessThan(JSON.stringify(updates[0]).length / 8);
  });

  it('has one subscription per room, which another request replaces', async () => {
    const { url, chain, metric } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    const seen = received(client, 'chain_update');
    const request = { type: 'chain', symbol: 'NIFTY' };
    await ask(client, { ...request, mode: 'delta' });
    await ask(client, { ...request, interval_ms: 1234 });
    await ask(client, { ...request, interval_ms: 1999 });
    expect([await metric('rooms'), await metric('channels')]).toEqual([1, 1]);
    await chain('NIFTY', '2026-08-25', 1);
    await vi.waitFor(() => expect(seen.map(({ kind }) => kind)).toEqual(['full']));
    await client.emitWithAck('unsubscribe', request as never);
    expect([await metric('rooms'), await metric('channels')]).toEqual([0, 0]);
  });

  it('bounds the number of different subscriptions it serves', async () => {
    const { url } = await startGateway({ products: ['A', 'B'], maxChannels: 1 });
    const [one, other] = await Promise.all([join(url), join(url)]);
    expect(await ask(one, { type: 'product', symbol: 'A' })).toMatchObject({ ok: true });
    expect(await ask(other, { type: 'product', symbol: 'A' })).toMatchObject({ ok: true });
    expect(await ask(other, { type: 'product', symbol: 'B' })).toMatchObject({
      error: { code: 'unavailable' },
    });
  });

  it('answers ping', async () => {
    const { url } = await startGateway();
    const client = await join(url);
    const event = new Promise((resolve) => client.once('pong', resolve));
    const response = await client.emitWithAck('ping');
    expect(response).toMatchObject({ ok: true });
    expect(await event).toEqual(response);
  });
});

describe('socket gateway: the truth about what is missing', () => {
  it('tells a room of messages that never came, but not of late ones, and not of conflation', async () => {
    const { url, tick, metric } = await startGateway({ products: ['NIFTY', 'BTC'], gapWaitMs: 2_000 });
    const client = await join(url);
    const gaps = received(client, 'gap');
    for (const symbol of ['NIFTY', 'BTC']) await ask(client, { type: 'product', symbol, interval_ms: 1000 });
    for (const seq of [1, 2, 3, 6, 5, 9]) await tick('NIFTY', seq);
    for (const seq of [1, 3, 4, 2, 2]) await tick('BTC', seq);
    const expected = [
      { room: 'product:NIFTY', epoch: 'e1', from: 4, to: 4, reason: 'lost' },
      { room: 'product:NIFTY', epoch: 'e1', from: 7, to: 8, reason: 'lost' },
    ];
    await vi.waitFor(() => expect(gaps).toEqual(expected));
    expect(await metric('lost_total')).toBe(3);
  });

  it('tells everyone that the bus is away and that it is back', async () => {
    const listeners = new Set<(connected: boolean) => void>();
    const memory = createMemoryBus();
    let connected = true;
    const onChange = (listener: (connected: boolean) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    const connection = {
      get connected() {
        return connected;
      },
      reason: null,
      onChange,
    };
    const bus: Bus = { ...memory, connection };
    const { url, gateway } = await startGateway({}, 1, { bus });
    const client = await join(url);
    const told = received(client, 'market_status');
    for (const state of [false, true]) {
      connected = state;
      for (const listener of listeners) listener(state);
      await vi.waitFor(() => expect(told.at(-1)?.status).toBe(state ? 'live' : 'interrupted'));
    }
    expect(told.at(-2)?.reason).toContain('message bus');
    await gateway.stop();
    expect(listeners.size).toBe(0);
    await memory.close();
  });

  it('tells which products are in session, and when that changes', async () => {
    const beforeClose = Date.UTC(2026, 7, 19, 10, 0);
    const clock = createManualClock(beforeClose);
    const { url, tick } = await startGateway({ products: ['NIFTY', 'BTC'] }, 1, { clock });
    let told: ReturnType<typeof received<'market_status'>> = [];
    await join(url, {}, (client) => {
      told = received(client, 'market_status');
    });
    await tick('AAPL', 1);
    await vi.waitFor(() =>
      expect(told.map(({ sessions }) => sessions)).toEqual([
        { NIFTY: 'open', BTC: 'open' },
        { AAPL: 'closed' },
      ]),
    );
    clock.set(Date.UTC(2026, 7, 19, 10, 10));
    await vi.waitFor(() => expect(told.at(-1)?.sessions).toEqual({ NIFTY: 'closed' }));
    expect(told.map(({ phases }) => phases)).toEqual([
      { NIFTY: 'closing_auction', BTC: 'continuous' },
      { AAPL: 'closed' },
      { NIFTY: 'post_close' },
    ]);
  });

  it('tells that a holiday has no session', async () => {
    const clock = createManualClock(Date.parse('2026-11-10T11:00:00+05:30'));
    const { url, tick } = await startGateway({ products: ['NIFTY'] }, 1, { clock });
    const told = received(await join(url), 'market_status');
    await tick('SENSEX', 1);
    await tick('ETH', 1);
    const phases = () => Object.assign({}, ...told.map((status) => status.phases));
    await vi.waitFor(() => expect(phases()).toMatchObject({ SENSEX: 'closed', ETH: 'continuous' }));
    expect(Object.assign({}, ...told.map(({ sessions }) => sessions))).toMatchObject({
      SENSEX: 'closed',
      ETH: 'open',
    });
  });
});
