import { ENRICHED_CHAINS, ENRICHED_TICKS } from '@deltastream/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { enrichedTick } from '../testing/enriched.fixture.ts';
import { ask, createGatewayHarness, received } from '../testing/gateway.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

describe('socket gateway: bad input', () => {
  it.each([
    ['nothing', undefined, 'invalid_request'],
    ['a string', 'product:NIFTY', 'invalid_request'],
    ['an unknown type', { type: 'weather', symbol: 'NIFTY' }, 'invalid_request'],
    ['a field too many', { type: 'product', symbol: 'NIFTY', admin: true }, 'invalid_request'],
    ['a lower-case symbol', { type: 'product', symbol: 'nifty' }, 'invalid_request'],
    ['an unknown product', { type: 'product', symbol: 'NOPE' }, 'unknown_room'],
  ])('answers %s with an error and goes on', async (_name, request, code) => {
    const { url } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    const event = new Promise((resolve) => client.once('error', resolve));
    const response = await ask(client, request);
    expect(response).toMatchObject({ ok: false, error: { code } });
    expect(await event).toEqual(response.ok ? null : response.error);
    expect(await ask(client, { type: 'product', symbol: 'NIFTY' })).toMatchObject({ ok: true });
  });

  it('counts a room that is subscribed to again for several messages', async () => {
    const config = { products: ['A', 'B'], messageBurst: 8, messagesPerSecond: 0.001, resubscriptionCost: 5 };
    const { url } = await startGateway(config);
    const client = await join(url);
    const subscribe = (symbol: string) => ask(client, { type: 'product', symbol });
    expect(await subscribe('A')).toMatchObject({ ok: true });
    expect(await subscribe('A')).toMatchObject({ ok: true });
    expect(await subscribe('A')).toMatchObject({ error: { code: 'too_many_requests' } });
    expect(await subscribe('B')).toMatchObject({ ok: true });
  });

  it('limits rooms and the rate of messages, and disconnects clients that do not stop', async () => {
    const { url, metric } = await startGateway({
      products: ['A', 'B', 'C'],
      maxSubscriptions: 2,
      messageBurst: 5,
      messagesPerSecond: 0.001,
      resubscriptionCost: 1,
      maxOffences: 10,
    });
    const client = await join(url);
    const subscribe = (symbol: string) => ask(client, { type: 'product', symbol });
    await subscribe('A');
    await subscribe('B');
    expect(await subscribe('A')).toMatchObject({ ok: true });
    expect(await subscribe('C')).toMatchObject({ error: { code: 'too_many_subscriptions' } });
    await client.emitWithAck('get_products');
    expect(await subscribe('A')).toMatchObject({ error: { code: 'too_many_requests' } });
    const gone = new Promise((resolve) => client.once('disconnect', resolve));
    for (let i = 0; i < 20; i++) client.emit('get_products');
    expect(await gone).toBe('io server disconnect');
    expect(await metric('cut_total')).toBe(1);
  });

  it('does not hold it against a client that it asks again for what is not there yet', async () => {
    const { url, metric } = await startGateway({ maxOffences: 3 });
    const client = await join(url);
    for (let i = 0; i < 10; i++) {
      expect(await ask(client, { type: 'product', symbol: 'SOON' })).toMatchObject({ ok: false });
    }
    expect(client.connected).toBe(true);
    expect(await metric('cut_total')).toBe(0);
  });

  it('closes a connection that sends more than the payload bound', async () => {
    const { url } = await startGateway({ maxPayloadBytes: 1000 });
    const client = await join(url, { reconnection: false });
    const gone = new Promise((resolve) => client.once('disconnect', resolve));
    client.emit('subscribe', { type: 'product', symbol: 'X'.repeat(5000) });
    expect(await gone).toBe('transport close');
  });

  it('counts malformed frames on the bus and goes on', async () => {
    const { bus, url, tick, metric } = await startGateway();
    await bus.publish(ENRICHED_TICKS.name, new Uint8Array([0xc1, 1, 2]));
    await bus.publish(ENRICHED_CHAINS.name, new Uint8Array(0));
    await bus.publish(ENRICHED_CHAINS.name, ENRICHED_TICKS.frames.encode(enrichedTick('NIFTY', 1)));
    await tick('NIFTY', 1);
    const client = await join(url);
    await vi.waitFor(async () =>
      expect(await ask(client, { type: 'product', symbol: 'NIFTY' })).toMatchObject({ snapshot: { seq: 1 } }),
    );
    expect(await metric('malformed_total')).toBe(3);
  });

  it('refuses pages of other origins over WebSocket and polling alike', async () => {
    const { url } = await startGateway({ corsOrigins: ['https://desk.example'] });
    const from = (origin: string, transport: string) =>
      join(url, { transports: [transport], reconnection: false, extraHeaders: { origin } });
    await expect(from('https://evil.example', 'websocket')).rejects.toThrow();
    await expect(from('https://evil.example', 'polling')).rejects.toThrow();
    await from('https://desk.example', 'websocket');
    await from(url, 'websocket');
  });
});

describe('socket gateway: slow clients and stopping', () => {
  it('cuts a client that stops reading and leaves the others alone', async () => {
    const { url, chain, metric } = await startGateway({
      products: ['NIFTY'],
      maxBehindMs: 300,
      chainIntervalMs: 0,
      // It reads why it was cut once it reads again.
      closeTimeoutMs: 2_000,
    });
    const [slow, fast] = await Promise.all([join(url, { reconnection: false }), join(url)]);
    const request = { type: 'chain', symbol: 'NIFTY' };
    await ask(slow, request);
    await ask(fast, request);
    let received = 0;
    fast.on('chain_update', () => {
      received += 1;
    });
    const raw = (slow.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws;
    raw.pause();
    let sent = 0;
    while ((await metric('cut_total')) === 0 && sent < 2000) {
      sent += 1;
      await chain('NIFTY', '2026-08-25', sent, 100);
      await vi.waitFor(() => expect(received).toBe(sent), { interval: 1 });
    }
    expect(await metric('cut_total')).toBe(1);
    await vi.waitFor(async () => expect(await metric('clients')).toBe(1));
    await chain('NIFTY', '2026-08-25', sent + 1, 100);
    await vi.waitFor(() => expect(received).toBe(sent + 1));
    const gone = new Promise((resolve) => slow.once('disconnect', (...given) => resolve(given)));
    raw.resume();
    expect(await gone).toMatchObject([
      'transport close',
      { context: { code: 1013, reason: expect.stringContaining('reads too slowly') } },
    ]);
  });

  it('tells clients that it stops, and takes no new ones', async () => {
    const { gateway, url, tick, metric } = await startGateway({ products: ['NIFTY'], stopTimeoutMs: 10_000 });
    const clients = await Promise.all([
      join(url, { reconnection: false }),
      join(url, { reconnection: false }),
    ]);
    await ask(clients[0], { type: 'product', symbol: 'NIFTY' });
    const told = clients.map((client) => new Promise((resolve) => client.once('error', resolve)));
    const gone = clients.map((client) => new Promise((resolve) => client.once('disconnect', resolve)));
    await Promise.all([gateway.stop(), gateway.stop()]);
    expect(await Promise.all(told)).toMatchObject([{ code: 'stopped' }, { code: 'stopped' }]);
    expect(await Promise.all(gone)).toEqual(['transport close', 'transport close']);
    await tick('NIFTY', 1);
    await expect(join(url, { reconnection: false })).rejects.toThrow();
    expect(await metric('clients')).toBe(0);
    expect((await gateway.ready())[0].ok).toBe(false);
  });

  it('counts clients, rooms and deliveries', async () => {
    const { url, tick, metric } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    await ask(client, { type: 'product', symbol: 'NIFTY' });
    const before = await metric('deliveries_total');
    const seen = received(client, 'price_update');
    await tick('NIFTY', 1);
    const summaries = received(client, 'market_summary');
    await vi.waitFor(() => expect([seen, summaries].map(({ length }) => length)).toEqual([1, 1]));
    expect(await metric('deliveries_total')).toBe(before + 2);
    expect(await metric('channels')).toBe(1);
    expect(await metric('queue_depth')).toBe(0);
    expect(await metric('clients')).toBe(1);
    expect(await metric('rooms')).toBe(1);
  });
});
