import { setTimeout as sleep } from 'node:timers/promises';
import type { ChainView, PriceUpdate, SubscriptionResponse } from '@deltastream/contracts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { ask, createGatewayHarness, received } from './testing/gateway.fixture.ts';

const { startGateway, join, closeAll } = createGatewayHarness(() => createMemoryBus());
afterEach(closeAll);

describe('socket gateway: rooms', () => {
  it.each([['websocket'], ['polling']])('greets, subscribes and delivers over %s', async (transport) => {
    const { url, tick } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url, { transports: [transport], upgrade: false });
    const seen = received(client, 'price_update');
    const event = new Promise((resolve) => client.once('subscribed', resolve));
    const response = await ask(client, { type: 'product', symbol: 'NIFTY' });
    expect(response).toEqual({
      ok: true,
      room: 'product:NIFTY',
      epoch: null,
      seq: null,
      interval_ms: 100,
      resumed: false,
      snapshot: null,
    });
    expect(await event).toEqual(response);
    await tick('NIFTY', 1);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(seen[0]).toEqual({
      product: 'NIFTY',
      price: 101,
      change: 1,
      change_pct: 1,
      timestamp: '2026-08-19T05:57:01.000Z',
      epoch: 'e1',
      seq: 1,
      source: 'synthetic',
      quality: [],
    });
  });

  it('sends a chain to both of its rooms, and to a client in both for each', async () => {
    const { url, chain } = await startGateway({ products: ['NIFTY'] });
    const clients = await Promise.all([join(url), join(url), join(url)]);
    const seen = clients.map((client) => received(client, 'chain_update'));
    const all = { type: 'chain', symbol: 'NIFTY' };
    const one = { ...all, expiry: '2026-08-25' };
    await ask(clients[0], all);
    await ask(clients[1], one);
    await ask(clients[2], all);
    await ask(clients[2], one);
    await chain('NIFTY', '2026-08-25', 1);
    await chain('NIFTY', '2026-09-29', 2);
    await vi.waitFor(() => expect(seen.map((views) => views.length)).toEqual([2, 1, 3]));
    expect(seen[1][0]).toMatchObject({
      kind: 'full',
      room: 'chain:NIFTY:2026-08-25',
      room_seq: 1,
      expiry: '2026-08-25',
      strikes: [90, 100, 110],
      calls: [{ open_interest: 1001, bid: null, buildup: 'long_buildup' }, {}, {}],
    });
    expect(seen[2].map(({ room }) => room).sort()).toEqual([
      'chain:NIFTY',
      'chain:NIFTY',
      'chain:NIFTY:2026-08-25',
    ]);
  });

  it('answers chain subscriptions with the newest chain of each expiry', async () => {
    const { url, chain } = await startGateway();
    await chain('NIFTY', '2026-09-29', 1);
    await chain('NIFTY', '2026-08-25', 2);
    await chain('NIFTY', '2026-08-25', 3);
    const client = await join(url);
    const all = await ask(client, { type: 'chain', symbol: 'NIFTY' });
    expect(all).toMatchObject({
      ok: true,
      snapshot: [
        { expiry: '2026-08-25', seq: 3 },
        { expiry: '2026-09-29', seq: 1 },
      ],
    });
    const single = await ask(client, { type: 'chain', symbol: 'NIFTY', expiry: '2026-08-25' });
    expect(single).toMatchObject({ room: 'chain:NIFTY:2026-08-25', snapshot: { seq: 3 } });
  });

  it('stops delivering after unsubscribe', async () => {
    const { url, chain } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    const request = { type: 'chain', symbol: 'NIFTY' } as const;
    await ask(client, request);
    const seen = received(client, 'chain_update');
    await chain('NIFTY', '2026-08-25', 1);
    await vi.waitFor(() => expect(seen).toHaveLength(1));
    expect(await client.emitWithAck('unsubscribe', request)).toEqual({ ok: true, room: 'chain:NIFTY' });
    await chain('NIFTY', '2026-08-25', 2);
    await ask(client, { type: 'product', symbol: 'NIFTY' });
    expect(seen).toHaveLength(1);
    expect(await client.emitWithAck('unsubscribe', request)).toMatchObject({
      ok: false,
      error: { code: 'not_subscribed' },
    });
  });

  it('lists products that were configured or seen', async () => {
    const { url, tick, chain } = await startGateway({ products: ['SENSEX'] });
    await tick('BTC', 1);
    await chain('AAPL', '2026-08-25', 1);
    const client = await join(url);
    const event = new Promise((resolve) => client.once('products', resolve));
    const response = await client.emitWithAck('get_products');
    expect(response).toEqual({ ok: true, products: ['AAPL', 'BTC', 'SENSEX'] });
    expect(await event).toEqual(response);
  });

  it('serves every server it is attached to', async () => {
    const { urls, tick } = await startGateway({ products: ['NIFTY'] }, 2);
    const clients = await Promise.all(urls.map((url) => join(url)));
    const seen = clients.map((client) => received(client, 'price_update'));
    for (const client of clients) await ask(client, { type: 'product', symbol: 'NIFTY' });
    await tick('NIFTY', 1);
    await vi.waitFor(() => expect(seen.map(({ length }) => length)).toEqual([1, 1]));
  });
});

describe('socket gateway: no message is lost or doubled', () => {
  it('joins snapshot and updates without a hole while prices pour in', async () => {
    const { url, tick } = await startGateway({ products: ['NIFTY'], generalIntervalMs: 1 });
    const last = 3000;
    const pouring = (async () => {
      for (let seq = 1; seq <= last; seq++) {
        await tick('NIFTY', seq);
        if (seq % 20 === 0) await sleep(1);
      }
    })();
    const followers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const client = await join(url);
        await sleep(i * 15);
        const seqs: number[] = [];
        const response = await new Promise<SubscriptionResponse>((resolve) => {
          client.emit('subscribe', { type: 'product', symbol: 'NIFTY', interval_ms: 0 }, (given) => {
            client.on('price_update', (update) => seqs.push(update.seq));
            resolve(given);
          });
        });
        const from = response.ok && response.snapshot ? (response.snapshot as PriceUpdate).seq : 0;
        return { from, seqs };
      }),
    );
    await pouring;
    await vi.waitFor(() => {
      for (const { seqs } of followers) expect(seqs.at(-1)).toBe(last);
    });
    for (const { from, seqs } of followers) {
      expect(seqs).toEqual(Array.from({ length: last - from }, (_, i) => from + 1 + i));
    }
    expect(followers.some(({ from }) => from > 0)).toBe(true);
  });

  it('joins snapshot and chains likewise, though chains are conflated', async () => {
    const { url, chain, metric } = await startGateway({ products: ['NIFTY'], chainIntervalMs: 3 });
    const last = 600;
    const pouring = (async () => {
      for (let seq = 1; seq <= last; seq++) {
        await chain('NIFTY', '2026-08-25', seq);
        if (seq % 4 === 0) await sleep(1);
      }
    })();
    const followers = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const client = await join(url);
        await sleep(i * 15);
        const seqs: number[] = [];
        client.emit('subscribe', { type: 'chain', symbol: 'NIFTY', expiry: '2026-08-25' }, (response) => {
          seqs.push(response.ok ? ((response.snapshot as ChainView | null)?.seq ?? 0) : -1);
          client.on('chain_update', ({ seq }) => seqs.push(seq));
        });
        return seqs;
      }),
    );
    await pouring;
    await vi.waitFor(() => {
      for (const seqs of followers) expect(seqs.at(-1)).toBe(last);
    });
    for (const seqs of followers) expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
    expect(await metric('conflated_total')).toBeGreaterThan(0);
  });

  it('tells everyone which prices moved, once per interval, and nobody else every one', async () => {
    const intervalMs = 200;
    const { url, tick } = await startGateway({ generalIntervalMs: intervalMs });
    const [outside, inside] = await Promise.all([join(url), join(url)]);
    await tick('NIFTY', 1);
    await ask(inside, { type: 'product', symbol: 'NIFTY', interval_ms: 0 });
    const [unasked, every] = [received(outside, 'price_update'), received(inside, 'price_update')];
    const summaries = received(outside, 'market_summary');
    const begun = performance.now();
    for (let seq = 2; seq <= 20; seq++) await tick('NIFTY', seq);
    await tick('BTC', 1);
    await vi.waitFor(() =>
      expect(summaries.at(-1)).toMatchObject({ products: ['NIFTY', 'BTC'], price: [120, 101] }),
    );
    await sleep(450);
    expect(summaries.length).toBeLessThanOrEqual((performance.now() - begun) / intervalMs + 1);
    expect(unasked).toEqual([]);
    expect(every.map(({ seq }) => seq)).toEqual(Array.from({ length: 19 }, (_, i) => i + 2));
  });

  it('sends the first price after quiet at once and of the next ones the newest after the interval', async () => {
    const { url, tick, metric } = await startGateway({ products: ['NIFTY'] });
    const client = await join(url);
    await ask(client, { type: 'product', symbol: 'NIFTY', interval_ms: 2_000 });
    const seen: [number, number][] = [];
    client.on('price_update', ({ seq }) => seen.push([seq, performance.now()]));
    const begun = performance.now();
    for (let seq = 1; seq <= 9; seq++) {
      await tick('NIFTY', seq);
      await sleep(5);
    }
    await vi.waitFor(() => expect(seen.map(([seq]) => seq)).toEqual([1, 9]));
    expect(seen[1][1] - begun).toBeGreaterThan(1_990);
    expect(await metric('conflated_total')).toBe(7);
  });

  it('does not send what is late or repeated, and starts anew with another epoch', async () => {
    const { url, tick, metric } = await startGateway();
    await tick('NIFTY', 5);
    const client = await join(url);
    await ask(client, { type: 'product', symbol: 'NIFTY', interval_ms: 0 });
    const seen = received(client, 'price_update');
    await tick('NIFTY', 4);
    await tick('NIFTY', 5);
    await tick('NIFTY', 6);
    await tick('NIFTY', 1, { epoch: 'e2' });
    await vi.waitFor(() => expect(seen.map(({ epoch, seq }) => `${epoch}:${seq}`)).toEqual(['e1:6', 'e2:1']));
    expect(await metric('late_total')).toBe(2);
  });
});
