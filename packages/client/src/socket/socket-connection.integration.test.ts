import type { AddressInfo, Socket } from 'node:net';
import { type ChainView, ENRICHED_CHAINS, ENRICHED_TICKS } from '@deltastream/contracts';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { createMemoryBus } from '../../../server/src/adapters/memory/bus/bus-memory.ts';
import { createHttpApp } from '../../../server/src/kit/http/http.ts';
import { silentLogger } from '../../../server/src/kit/logging/log.ts';
import { inLogContext } from '../../../server/src/kit/tracing/trace-context.ts';
import { traceBus } from '../../../server/src/kit/tracing/traced-bus.ts';
import { systemClock } from '../../../server/src/ports/clock.ts';
import { createSocketGateway } from '../../../server/src/services/socket-gateway/service.ts';
import {
  enrichedChain,
  enrichedTick,
} from '../../../server/src/services/socket-gateway/testing/enriched.fixture.ts';
import { connectSocket } from './socket-connection.ts';
import type { ConnectionState, SnapshotOf, SocketOptions } from './socket-types.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function startServer(port = 0, products = ['NIFTY']) {
  const bus = traceBus(createMemoryBus(), silentLogger);
  const app = createHttpApp({ logger: silentLogger });
  const gateway = createSocketGateway({ bus, clock: systemClock, logger: silentLogger }, { products });
  gateway.attach(app.server);
  await gateway.start();
  await app.listen({ port, host: '127.0.0.1' });
  let stopped = false;
  const stop = async () => {
    if (stopped) return;
    stopped = true;
    await gateway.stop();
    await app.close();
    await bus.close();
  };
  closers.push(stop);
  const connections = new Set<Socket>();
  app.server.on('connection', (each: Socket) => connections.add(each));
  return {
    stop,
    cutAll: () => {
      for (const each of connections) each.destroy();
    },
    port: (app.server.address() as AddressInfo).port,
    tick: (seq: number, product = 'NIFTY', epoch = 'e1') =>
      bus.publish(ENRICHED_TICKS.name, ENRICHED_TICKS.frames.encode(enrichedTick(product, seq, { epoch }))),
    chain: (seq: number, expiry: string) =>
      bus.publish(ENRICHED_CHAINS.name, ENRICHED_CHAINS.frames.encode(enrichedChain('NIFTY', expiry, seq))),
    clients: async () => {
      const gauge = gateway.metrics.getSingleMetric('deltastream_socket_gateway_rooms');
      return (await gauge?.get())?.values[0].value;
    },
  };
}

function open(port: number, options: Partial<SocketOptions> = {}) {
  const connection = connectSocket({
    url: `http://127.0.0.1:${port}`,
    retryMs: 50,
    reconnectMaxMs: 100,
    ...options,
  });
  closers.push(() => connection.close());
  return connection;
}

const NIFTY = { type: 'product', symbol: 'NIFTY', interval_ms: 0 } as const;

describe('socket client', () => {
  it.each([['websocket'], ['polling']] as const)(
    'gives a snapshot, then every update, over %s',
    async (transport) => {
      const server = await startServer();
      await server.tick(1);
      const connection = open(server.port, { transports: [transport] });
      const seqs: number[] = [];
      const { snapshot, unsubscribe } = await connection.subscribe(NIFTY, ({ seq }) => seqs.push(seq));
      expect(snapshot?.seq).toBe(1);
      expect(seqs).toEqual([]);
      for (let seq = 2; seq <= 50; seq++) await server.tick(seq);
      await vi.waitFor(() => expect(seqs).toEqual(Array.from({ length: 49 }, (_, i) => i + 2)));
      unsubscribe();
      unsubscribe();
      await vi.waitFor(async () => expect(await server.clients()).toBe(0));
      await server.tick(51);
      await connection.products();
      expect(seqs.at(-1)).toBe(50);
    },
  );

  it('hands the snapshot over before updates that arrive with it', async () => {
    const server = await startServer();
    const connection = open(server.port, { transports: ['polling'] });
    let running = true;
    const pouring = (async () => {
      for (let seq = 1; running; seq++) {
        await server.tick(seq);
        if (seq % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for (let round = 0; round < 20; round++) {
      const log: number[] = [];
      const followed = await connection.subscribe(NIFTY, ({ seq }) => log.push(seq));
      log.unshift(followed.snapshot?.seq ?? 0);
      expect(log).toHaveLength(1);
      await vi.waitFor(() => expect(log.length).toBeGreaterThan(3), { interval: 1 });
      followed.unsubscribe();
      expect(log).toEqual(log.map((_, i) => log[0] + i));
    }
    running = false;
    await pouring;
  });

  it('keeps subscriptions apart and leaves a room with its last follower', async () => {
    const server = await startServer();
    const connection = open(server.port);
    const seen: string[] = [];
    const chain = { type: 'chain', symbol: 'NIFTY' } as const;
    const near = { ...chain, expiry: '2026-08-25' } as const;
    const all = await connection.subscribe(chain, ({ seq }) => seen.push(`all ${seq}`));
    const one = await connection.subscribe(near, ({ seq }) => seen.push(`near ${seq}`));
    const other = await connection.subscribe(near, ({ seq }) => seen.push(`other ${seq}`));
    expectTypeOf(all.snapshot).toEqualTypeOf<SnapshotOf<{ type: 'chain'; symbol: 'NIFTY' }>>();
    expect([all.snapshot, one.snapshot]).toEqual([[], null]);
    await server.chain(1, '2026-08-25');
    await server.chain(2, '2026-09-29');
    await vi.waitFor(() => expect(seen.toSorted()).toEqual(['all 1', 'all 2', 'near 1', 'other 1']));
    one.unsubscribe();
    all.unsubscribe();
    await vi.waitFor(async () => expect(await server.clients()).toBe(1));
    await server.chain(3, '2026-08-25');
    await vi.waitFor(() => expect(seen.slice(4)).toEqual(['other 3']));
    other.unsubscribe();
    await vi.waitFor(async () => expect(await server.clients()).toBe(0));
  });

  it('follows again after the server was away, with the new snapshot', async () => {
    const first = await startServer();
    await first.tick(1);
    const connection = open(first.port);
    const states: ConnectionState[] = [];
    connection.onState((state) => states.push(state));
    const seen: string[] = [];
    const standings: string[] = [];
    await connection.subscribe(NIFTY, ({ epoch, seq }) => seen.push(`${epoch}:${seq}`), {
      onStanding: (standing) => standings.push(`${standing} after ${seen.length}`),
    });
    await first.stop();
    await vi.waitFor(() => expect(states.at(-1)).toBe('connecting'));

    const second = await startServer(first.port, []);
    await vi.waitFor(() => expect(states.at(-1)).toBe('connected'));
    expect(standings).toEqual(['unknown after 0']);
    await second.tick(7, 'NIFTY', 'e2');
    await vi.waitFor(() => expect(seen).toEqual(['e2:7']));
    await second.tick(8, 'NIFTY', 'e2');
    await vi.waitFor(() => expect(seen).toEqual(['e2:7', 'e2:8']));
    expect(states).toEqual(['connecting', 'connected', 'connecting', 'connected']);
    expect(standings).toEqual(['unknown after 0', 'current after 1']);
    connection.close();
    expect(connection.state).toBe('closed');
  });

  it('tells that a restarted server has nothing of a room, and that a resumed room stands as it was', async () => {
    const first = await startServer();
    await first.tick(1);
    const connection = open(first.port);
    const seen: number[] = [];
    const standings: string[] = [];
    await connection.subscribe(NIFTY, ({ seq }) => seen.push(seq), {
      onStanding: (standing) => standings.push(standing),
    });
    first.cutAll();
    await vi.waitFor(() => expect(standings).toEqual(['unknown', 'current']));
    expect(seen).toEqual([]);
    await first.stop();
    const second = await startServer(first.port);
    await vi.waitFor(() => expect(standings.slice(2)).toEqual(['unknown', 'empty']));
    await second.tick(5, 'NIFTY', 'e2');
    await vi.waitFor(() => expect(standings.slice(4)).toEqual(['current']));
    expect(seen).toEqual([5]);
  });

  it('goes on after a cut without a snapshot, and hands over complete chains though they come as deltas', async () => {
    const server = await startServer();
    const connection = open(server.port);
    const gaps: unknown[] = [];
    const prices: number[] = [];
    const chains: ChainView[] = [];
    const onGap = { onGap: (gap: unknown) => gaps.push(gap) };
    await server.tick(1);
    await server.chain(1, '2026-08-25');
    await connection.subscribe(NIFTY, ({ seq }) => prices.push(seq), onGap);
    const request = { type: 'chain', symbol: 'NIFTY', mode: 'delta' } as const;
    const { snapshot } = await connection.subscribe(request, (chain) => chains.push(chain), onGap);
    expect(snapshot).toMatchObject([{ seq: 1 }]);
    const cut = new Promise<void>((resolve) => {
      connection.onState((state) => state === 'connecting' && resolve());
    });
    server.cutAll();
    await cut;
    for (const seq of [2, 3]) await server.tick(seq);
    await server.chain(2, '2026-08-25');
    await vi.waitFor(() => expect([prices, chains.length]).toEqual([[2, 3], 1]));
    await server.chain(3, '2026-08-25');
    await vi.waitFor(() => expect(chains).toHaveLength(2));
    expect(chains.map(({ seq, strikes, calls }) => [seq, strikes.length, calls[0]?.open_interest])).toEqual([
      [2, 3, 1002],
      [3, 3, 1003],
    ]);
    expect(gaps).toEqual([]);
  });

  it('gives updates as a sequence, the snapshot first, until its reader leaves', async () => {
    const server = await startServer();
    const connection = open(server.port);
    await server.tick(1);
    const seqs: number[] = [];
    for await (const { seq } of connection.follow(NIFTY)) {
      seqs.push(seq);
      if (seq === 4) break;
      await server.tick(seq + 1);
    }
    expect(seqs).toEqual([1, 2, 3, 4]);
    await vi.waitFor(async () => expect(await server.clients()).toBe(0));
    const aborted = new AbortController();
    const reading = (async () => {
      for await (const _ of connection.follow(NIFTY, { signal: aborted.signal })) seqs.push(0);
    })();
    await vi.waitFor(() => expect(seqs.at(-1)).toBe(0));
    aborted.abort();
    await reading;
  });

  it('follows a room with one set of options at a time', async () => {
    const server = await startServer();
    const connection = open(server.port);
    await connection.subscribe(NIFTY, () => {});
    await expect(connection.subscribe({ ...NIFTY, interval_ms: 1000 }, () => {})).rejects.toMatchObject({
      code: 'invalid_request',
    });
  });

  it('rejects with the code of the server, or when there is none', async () => {
    const server = await startServer();
    const connection = open(server.port, { timeoutMs: 300 });
    await expect(connection.subscribe({ type: 'product', symbol: 'NOPE' }, () => {})).rejects.toMatchObject({
      name: 'SubscriptionError',
      code: 'unknown_room',
    });
    expect(await connection.products()).toEqual(['NIFTY']);
    await server.stop();
    await vi.waitFor(() => expect(connection.state).toBe('connecting'));
    await expect(connection.subscribe(NIFTY, () => {})).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('gives the trace of each update to who asks for it, also of a chain that comes as a delta', async () => {
    const server = await startServer();
    await server.chain(1, '2026-08-25');
    const trace_id = 'a'.repeat(32);
    const inTrace = (seq: number) =>
      inLogContext({ trace_id, span_id: 'b'.repeat(16) }, () => server.chain(seq, '2026-08-25'));
    const updates: { seq: number; traceparent?: string }[] = [];
    const request = {
      type: 'chain',
      symbol: 'NIFTY',
      expiry: '2026-08-25',
      mode: 'delta',
      trace: true,
    } as const;
    const connection = open(server.port);
    await expect.poll(() => connection.products()).toEqual(['NIFTY']);
    const { snapshot } = await connection.subscribe(request, (update) => updates.push(update), {
      traceparent: `00-${trace_id}-${'b'.repeat(16)}-01`,
    });
    expect(snapshot).not.toHaveProperty('traceparent');
    await inTrace(2);
    await expect.poll(() => updates.length).toBe(1);
    await server.chain(3, '2026-08-25');
    await expect.poll(() => updates.length).toBe(2);
    expect(updates[0].traceparent).toContain(trace_id);
    expect(updates[1]).not.toHaveProperty('traceparent');
  });
});
