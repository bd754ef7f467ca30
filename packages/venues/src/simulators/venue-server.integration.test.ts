import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { chainSaying, EXPIRY_AT, sourceOf, tickSaying } from './chains.fixture.ts';
import { jsonVenue, type Said } from './json-venue.fixture.ts';
import { marketOf, type PlayedMarket } from './simulated-market.ts';
import type { Simulator } from './simulator.ts';
import { startVenueServer, type VenueServerOptions } from './venue-server.ts';

const FROM = Date.UTC(2026, 0, 20, 8);
/** Characters after each message of quotes: more than what a socket takes of 200. */
const PADDING = 400_000;
let market: PlayedMarket;
let simulator: Simulator;
const clients: WebSocket[] = [];

/** Bids of the call and the put at 100, by second; then the put ends with its expiry. */
async function start(options: Partial<VenueServerOptions> = {}, seconds = 200): Promise<void> {
  const chains = Array.from({ length: seconds }, (_, second) =>
    chainSaying({
      timestamp: FROM + second * 1000,
      strikes: { 100: [{ bid: second }, { bid: second / 2 }] },
    }),
  );
  const end = tickSaying({ product: 'BTC', timestamp: EXPIRY_AT, price: 100 });
  market = await marketOf(sourceOf([...chains, end]), {
    idOf: (each) => (each.kind === 'option' ? each.side : each.listing.symbol),
  });
  simulator = await startVenueServer({ market, venue: jsonVenue(), ...options });
}

interface Client {
  readonly socket: WebSocket;
  readonly received: unknown[];
  readonly ended: { code: number | null; reason: string };
  say(said: Said): void;
  /** Bids received so far of an instrument. */
  bids(id: string): number[];
}

async function open(path = '/feed'): Promise<Client> {
  const socket = new WebSocket(`${simulator.url.replace('http', 'ws')}${path}`);
  clients.push(socket);
  const received: unknown[] = [];
  const ended: Client['ended'] = { code: null, reason: '' };
  socket.on('message', (data) => {
    const text = data.toString();
    try {
      received.push(JSON.parse(text));
    } catch {
      received.push(text);
    }
  });
  socket.on('close', (code, reason) => Object.assign(ended, { code, reason: reason.toString() }));
  await new Promise((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const quotes = () => (received as { quotes?: [string, number][] }[]).flatMap(({ quotes = [] }) => quotes);
  return {
    socket,
    received,
    ended,
    say: (said) => socket.send(JSON.stringify(said)),
    bids: (id) => quotes().flatMap(([of, bid]) => (of === id ? [bid] : [])),
  };
}

async function subscribed(...ids: string[]): Promise<Client> {
  const client = await open();
  client.say({ subscribe: ids });
  await expect.poll(() => client.received.length).toBeGreaterThan(2);
  return client;
}

beforeEach(() => start());
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  await simulator.close();
  await market.close();
});

describe('a simulated venue', () => {
  it('sends a snapshot, then what changed of what is subscribed', async () => {
    const client = await subscribed('call');
    expect(client.received).toEqual([
      { hello: true },
      { subscribed: ['call'] },
      { reason: 'snapshot', quotes: [['call', 0]] },
    ]);
    await market.step();
    await expect.poll(() => client.received.at(-1)).toEqual({ reason: 'change', quotes: [['call', 1]] });
    client.say({ unsubscribe: ['call'], subscribe: ['put'] });
    await expect.poll(() => client.bids('put')).toEqual([0.5]);
    await market.step();
    await expect.poll(() => client.bids('put')).toEqual([0.5, 1]);
    expect(client.bids('call')).toEqual([0, 1]);
  });

  it('shows who subscribed what, and how often', async () => {
    const first = await subscribed('call', 'put');
    first.say({ subscribe: ['call'] });
    await subscribed('put');
    await expect
      .poll(() => simulator.subscriptions().map((each) => [...each]))
      .toEqual([
        [
          ['call', 2],
          ['put', 1],
        ],
        [['put', 1]],
      ]);
    first.socket.close();
    await expect.poll(() => simulator.connections()).toBe(1);
  });

  it('gathers changes at its cadence', async () => {
    await simulator.close();
    await start({ cadenceMs: 20 });
    const client = await subscribed('call');
    for (let i = 0; i < 5; i++) await market.step();
    await expect.poll(() => client.bids('call').at(-1)).toBe(5);
    expect(client.bids('call').length).toBeLessThan(6);
  });

  it('says what ends and forgets its subscriptions', async () => {
    await simulator.close();
    await start({}, 2);
    const client = await subscribed('call', 'put');
    while (await market.step());
    await expect.poll(() => client.received.at(-1)).toEqual({ ended: ['call', 'put'] });
    expect(client.received).toContainEqual({ listed: ['BTC'] });
    expect(simulator.subscriptions()).toEqual([new Map()]);
  });

  it('answers requests, and refuses what its venue refuses', async () => {
    await market.step();
    expect(await (await fetch(`${simulator.url}/?ids=call,none`)).json()).toEqual([1, null]);
    expect(await (await fetch(simulator.url, { method: 'POST', body: 'said' })).text()).toBe('said');
    const failed = await fetch(`${simulator.url}/fail`);
    expect([failed.status, await failed.text()]).toEqual([500, 'no such page']);
    const large = await fetch(simulator.url, { method: 'POST', body: 'x'.repeat(1024 * 1024 + 1) });
    expect(large.status).toBe(413);
    await expect(open('/moved')).rejects.toThrow('302');
  });

  it('closes who speaks what it does not understand', async () => {
    const client = await open();
    client.socket.send('no JSON');
    await expect.poll(() => client.ended.code).toBe(1002);
    expect(client.ended.reason).toContain('JSON');
  });

  it('sends heartbeats as often as was asked', async () => {
    const client = await open();
    client.say({ heartbeatMs: 5 });
    await expect.poll(() => client.received.length).toBeGreaterThan(3);
    client.say({ heartbeatMs: 0, subscribe: ['call'] });
    await expect.poll(() => client.bids('call')).toEqual([0]);
    const { length } = client.received;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.received).toHaveLength(length);
  });

  it('keeps the newest quotes only for who does not read', async () => {
    await simulator.close();
    await start({ venue: jsonVenue(PADDING), unreadMs: 60_000 });
    const client = await subscribed('call');
    client.socket.pause();
    for (let second = 1; second < 200; second++) {
      await market.step();
      await new Promise(setImmediate);
    }
    client.socket.resume();
    await expect.poll(() => client.bids('call').at(-1)).toBe(199);
    expect(client.bids('call').length).toBeLessThan(150);
  });

  it('cuts who does not read for long', async () => {
    await simulator.close();
    await start({ venue: jsonVenue(PADDING), unreadMs: 20 }, 1000);
    const client = await subscribed('call');
    client.socket.pause();
    await expect
      .poll(async () => {
        for (let i = 0; i < 5; i++) await market.step();
        return simulator.connections();
      })
      .toBe(0);
    client.socket.resume();
    await expect.poll(() => client.ended.code).toBe(1006);
  });

  it('closes at once, whatever is open', async () => {
    const client = await subscribed('call');
    const { port } = new URL(simulator.url);
    const idle = connect(Number(port), '127.0.0.1');
    await new Promise((resolve) => idle.on('connect', resolve));
    simulator.fault({ kind: 'silence' });
    const waiting = fetch(simulator.url).catch(() => 'cut');
    await expect.poll(() => simulator.connections()).toBe(1);
    await Promise.all([simulator.close(), simulator.close()]);
    expect(await waiting).toBe('cut');
    await expect.poll(() => client.ended.code).toBe(1006);
    await expect(fetch(simulator.url)).rejects.toThrow();
    idle.destroy();
  });
});

describe('what can be made to go wrong', () => {
  it('silence: nothing at all is sent, and sockets stay open', async () => {
    const client = await subscribed('call');
    client.say({ heartbeatMs: 2 });
    const pongs = vi.fn();
    client.socket.on('pong', pongs);
    await expect.poll(() => client.received.length).toBeGreaterThan(4);
    simulator.fault({ kind: 'silence' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { length } = client.received;
    client.socket.ping();
    await market.step();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.received).toHaveLength(length);
    expect(pongs).not.toHaveBeenCalled();
    expect(simulator.connections()).toBe(1);
    simulator.fault(null);
    client.socket.ping();
    await expect.poll(() => pongs.mock.calls.length).toBe(1);
    await expect.poll(() => client.received.length).toBeGreaterThan(length);
  });

  it('mute: subscriptions and heartbeats come, quotes do not', async () => {
    simulator.fault({ kind: 'mute' });
    const client = await open();
    client.say({ subscribe: ['call'], heartbeatMs: 2 });
    await market.step();
    await expect.poll(() => client.received.length).toBeGreaterThan(4);
    expect(client.received).toContainEqual({ subscribed: ['call'] });
    expect(client.bids('call')).toEqual([]);
    simulator.fault(null);
    await market.step();
    await expect.poll(() => client.bids('call')).toEqual([2]);
  });

  it('half_frames: messages and responses are cut', async () => {
    simulator.fault({ kind: 'half_frames' });
    const client = await open();
    await expect.poll(() => client.received).toEqual(['{"hello']);
    expect(await (await fetch(simulator.url, { method: 'POST', body: 'said' })).text()).toBe('sa');
  });

  it('duplicates: each quote comes twice', async () => {
    const client = await subscribed('call');
    simulator.fault({ kind: 'duplicates' });
    await market.step();
    await expect.poll(() => client.bids('call')).toEqual([0, 1, 1]);
  });

  it('late: quotes come again after newer ones', async () => {
    const client = await subscribed('call');
    simulator.fault({ kind: 'late', byMs: 5 });
    await market.step();
    await expect.poll(() => client.bids('call')).toEqual([0, 1, 0]);
    await market.step();
    simulator.fault(null);
    await expect.poll(() => client.bids('call')).toEqual([0, 1, 0, 2]);
  });

  it('token_expired: connections end as the venue ends them, and new ones are refused', async () => {
    const client = await subscribed('call');
    simulator.fault({ kind: 'token_expired' });
    await expect.poll(() => client.ended).toEqual({ code: 4001, reason: 'token expired' });
    expect(client.received.at(-1)).toEqual({ error: 'token' });
    await expect(open()).rejects.toThrow('403');
    expect((await fetch(simulator.url)).status).toBe(403);
    simulator.fault(null);
    await subscribed('call');
  });

  it('disconnects: every connection is cut, again and again', async () => {
    const client = await subscribed('call');
    simulator.fault({ kind: 'disconnects', everyMs: 20 });
    await expect.poll(() => client.ended.code).toBe(1006);
    const second = await open();
    await expect.poll(() => second.ended.code).toBe(1006);
    simulator.fault(null);
    await subscribed('call');
  });

  it.each(['/feed', '/binary'])(
    'slow_drip: messages of %s arrive in pieces, complete and in order',
    async (path) => {
      const client = await open(path);
      const pieces: number[] = [];
      const tcp = (client.socket as unknown as { _socket: NodeJS.EventEmitter })._socket;
      await expect.poll(() => client.received).toHaveLength(1);
      tcp.on('data', (part: Buffer) => pieces.push(part.length));
      simulator.fault({ kind: 'slow_drip', overMs: 200 });
      client.say({ subscribe: ['call', 'put'] });
      client.socket.ping();
      await expect.poll(() => pieces.length).toBeGreaterThan(3);
      simulator.fault(null);
      await market.step();
      await expect.poll(() => client.bids('put')).toEqual([0, 0.5]);
      expect(client.bids('call')).toEqual([0, 1]);
    },
  );

  it('slow_drip: responses, too', async () => {
    simulator.fault({ kind: 'slow_drip', overMs: 100 });
    const response = await fetch(simulator.url, { method: 'POST', body: 'said slowly' });
    const parts: Uint8Array[] = [];
    for await (const part of response.body ?? []) parts.push(part);
    expect(parts.length).toBeGreaterThan(2);
    expect(Buffer.concat(parts).toString()).toBe('said slowly');
  });

  it('oversize_refused: more than the limits allow is refused', async () => {
    await simulator.close();
    await start({ limits: { instrumentsPerMessage: 2, instrumentsPerConnection: 2 } });
    const client = await subscribed('call', 'put', 'more');
    simulator.fault({ kind: 'oversize_refused' });
    client.say({ unsubscribe: ['more'], subscribe: ['call', 'put', 'more'] });
    await expect.poll(() => client.received.at(-1)).toEqual({ refused: 3 });
    client.say({ subscribe: ['more'] });
    await expect.poll(() => client.received.at(-1)).toEqual({ refused: 1 });
    client.say({ unsubscribe: ['put'], subscribe: ['more'] });
    await expect.poll(() => client.received).toContainEqual({ subscribed: ['more'] });
  });

  it('zeros: all quotes become 0, and come back', async () => {
    await market.step();
    const client = await subscribed('call', 'put');
    simulator.fault({ kind: 'zeros' });
    await expect.poll(() => client.bids('put')).toEqual([0.5, 0]);
    expect(await (await fetch(`${simulator.url}/?ids=call`)).json()).toEqual([0]);
    simulator.fault(null);
    await expect.poll(() => client.bids('put')).toEqual([0.5, 0, 0.5]);
    expect(client.bids('call')).toEqual([1, 0, 1]);
  });

  it('wrong_instrument: quotes come that nobody subscribed', async () => {
    const client = await subscribed('call');
    simulator.fault({ kind: 'wrong_instrument' });
    await market.step();
    await expect.poll(() => client.bids('put')).toEqual([0.5]);
    expect(client.bids('call')).toEqual([0, 1]);
  });
});
