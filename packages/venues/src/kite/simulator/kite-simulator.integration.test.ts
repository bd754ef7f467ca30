import { KiteTicker } from 'kiteconnect';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { Simulator } from '../../simulators/index.ts';
import { createKiteSimulator, type KiteSimulatorOptions } from './kite-simulator.ts';
import { type HandMadeMarket, handMadeMarket } from './market.fixture.ts';

const KEYS = { apiKey: 'key', accessToken: 'token' };
const AT = Date.parse('2026-12-01T10:15:02+05:30');

let market: HandMadeMarket;
let simulator: Simulator;
const sockets: WebSocket[] = [];

async function start(options: Partial<KiteSimulatorOptions> = {}): Promise<void> {
  await simulator?.close();
  market = handMadeMarket([24_000, 24_100]);
  market.show(market.token('underlying'), { last: 24_050.5, previousClose: 24_000, at: AT });
  market.show(market.token('option'), {
    last: 120.5,
    previousClose: 110,
    at: AT,
    bid: 120.4,
    ask: 120.6,
    bidSize: 2,
    askSize: 3,
    volume: 100,
    openInterest: 1000,
  });
  simulator = await createKiteSimulator(market, { ...KEYS, ...options });
}

const address = (query = 'api_key=key&access_token=token') =>
  `${simulator.url.replace('http', 'ws')}/?${query}`;

interface Client {
  readonly socket: WebSocket;
  readonly frames: Buffer[];
  readonly texts: unknown[];
  say(message: object): void;
}

async function open(): Promise<Client> {
  const socket = new WebSocket(address());
  sockets.push(socket);
  const [frames, texts]: [Buffer[], unknown[]] = [[], []];
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) frames.push(data);
    else texts.push(JSON.parse(data.toString()));
  });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return { socket, frames, texts, say: (message) => socket.send(JSON.stringify(message)) };
}

/** Status and body with which a WebSocket is refused. */
const refusal = (url: string) =>
  new Promise<[number | undefined, unknown]>((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.on('open', () => reject(new Error('it was accepted')));
    socket.on('error', reject);
    socket.on('unexpected-response', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk);
      const body = Buffer.concat(chunks).toString();
      request.destroy();
      resolve([response.statusCode, JSON.parse(body)]);
    });
  });

const tokenException = expect.objectContaining({ status: 'error', error_type: 'TokenException' });

beforeEach(() => start());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await simulator.close();
});

describe('official client', () => {
  it('reads the numbers of the market in every mode', async () => {
    const ticker = new KiteTicker({
      api_key: KEYS.apiKey,
      access_token: KEYS.accessToken,
      // Without this its end would end the process.
      reconnect: false,
      ...{ root: `${simulator.url.replace('http', 'ws')}/` },
    });
    const ticks: Record<string, unknown>[] = [];
    ticker.on('ticks', (some: Record<string, unknown>[]) => ticks.push(...some));
    await new Promise<void>((resolve, reject) => {
      ticker.on('connect', resolve);
      ticker.on('error', reject);
      ticker.connect();
    });
    const [call, index] = [market.token('option'), market.token('underlying')];
    const newest = (token: number, mode: string) =>
      expect.poll(() => ticks.findLast((tick) => tick.instrument_token === token && tick.mode === mode));

    ticker.subscribe([call, index]);
    const ofDay = { open: 120.5, high: 120.5, low: 120.5, close: 110 };
    const asQuote = {
      tradable: true,
      last_price: 120.5,
      volume_traded: 6500,
      total_buy_quantity: 130,
      total_sell_quantity: 195,
      ohlc: ofDay,
    };
    const indexOfDay = { open: 24_050.5, high: 24_050.5, low: 24_050.5, close: 24_000 };
    await newest(call, 'quote').toMatchObject(asQuote);
    await newest(index, 'quote').toMatchObject({ tradable: false, last_price: 24_050.5, ohlc: indexOfDay });

    ticker.setMode('full', [call, index]);
    await newest(call, 'full').toMatchObject({ ...asQuote, oi: 65_000, exchange_timestamp: new Date(AT) });
    await newest(index, 'full').toMatchObject({ last_price: 24_050.5, exchange_timestamp: new Date(AT) });
    const full = ticks.findLast((tick) => tick.mode === 'full' && tick.instrument_token === call);
    const { buy, sell } = (full as { depth: unknown }).depth as Record<'buy' | 'sell', object[]>;
    expect([buy[0], sell[0]]).toEqual([
      { quantity: 130, price: 120.4, orders: 1 },
      { quantity: 195, price: 120.6, orders: 1 },
    ]);

    ticker.setMode('ltp', [call, index]);
    await newest(call, 'ltp').toMatchObject({ last_price: 120.5 });
    market.show(call, { last: 121 });
    await newest(call, 'ltp').toMatchObject({ last_price: 121 });
    await newest(index, 'ltp').toMatchObject({ last_price: 24_050.5 });

    ticker.unsubscribe([index]);
    await expect.poll(() => simulator.subscriptions()[0]?.has(index)).toBe(false);
    ticker.disconnect();
    await expect.poll(() => simulator.connections()).toBe(0);
  });
});

describe('ticker', () => {
  it('sends heartbeats of one byte', async () => {
    await start({ heartbeatMs: 5 });
    const { frames } = await open();
    await expect.poll(() => frames.length).toBeGreaterThan(1);
    expect(frames.every((frame) => frame.length === 1)).toBe(true);
  });

  it('refuses tokens that it does not accept, and every one that expired, with 403', async () => {
    expect(await refusal(address('api_key=key&access_token=other'))).toEqual([403, tokenException]);
    const { socket } = await open();
    const closed = new Promise((resolve) => socket.on('close', resolve));
    simulator.fault({ kind: 'token_expired' });
    await closed;
    expect(await refusal(address())).toEqual([403, tokenException]);
  });

  it('allows three sockets, and another once one is closed', async () => {
    const [first] = [await open(), await open(), await open()];
    expect((await refusal(address()))[0]).toBe(429);
    first.socket.close();
    await expect.poll(() => simulator.connections()).toBe(2);
    await open();
  });

  it('says in words that there are too many instruments, or that it does not understand', async () => {
    await start({ limits: { instrumentsPerConnection: 2, instrumentsPerMessage: 200 } });
    simulator.fault({ kind: 'oversize_refused' });
    const { say, texts } = await open();
    const tokens = market.list.instruments.map(({ id }) => id);
    say({ a: 'subscribe', v: tokens });
    await expect.poll(() => texts).toEqual([{ type: 'error', data: expect.stringContaining('limit') }]);
    say({ a: 'mode', v: ['deep', tokens] });
    await expect.poll(() => texts[1]).toEqual({ type: 'error', data: 'Invalid message' });
    expect(simulator.subscriptions()[0].size).toBe(0);
  });

  it('ignores tokens that are not listed, and a mode of what is not subscribed', async () => {
    const { say, frames, texts } = await open();
    say({ a: 'mode', v: ['full', [market.token('option')]] });
    say({ a: 'subscribe', v: [1, market.token('underlying')] });
    await expect.poll(() => frames.filter(({ length }) => length > 1).length).toBe(1);
    expect(simulator.subscriptions().map((ids) => [...ids.keys()])).toEqual([[market.token('underlying')]]);
    expect(texts).toEqual([]);
  });
});

describe('instrument list', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${simulator.url}${path}`, {
      headers: { 'X-Kite-Version': '3', Authorization: 'token key:token', ...headers },
    });

  it('has a header and a row for each instrument of a segment, or of all', async () => {
    const lines = async (path: string) => (await (await get(path)).text()).trimEnd().split('\n');
    const [header, ...nfo] = await lines('/instruments/NFO');
    expect(header).toMatch(/^instrument_token,exchange_token,tradingsymbol,name,/);
    expect(nfo).toEqual([
      expect.stringMatching(/^\d+,\d+,NIFTY26DEC24000CE,"NIFTY",0,2026-12-29,24000,0.05,65,CE,NFO-OPT,NFO$/),
      expect.stringContaining('NIFTY26DEC24000PE'),
      expect.stringContaining('NIFTY26DEC24100CE'),
      expect.stringContaining('NIFTY26DEC24100PE'),
      expect.stringMatching(/NIFTY26DECFUT,"NIFTY",0,2026-12-29,0,0.05,,FUT,NFO-FUT,NFO$/),
    ]);
    expect(await lines('/instruments/NSE')).toEqual([
      header,
      expect.stringMatching(/NIFTY 50,"NIFTY",0,,0,0,0,EQ,INDICES,NSE$/),
    ]);
    expect((await lines('/instruments')).length).toBe(7);
  });

  it.each([
    ['another token', { Authorization: 'token key:other' }, 403, 'TokenException'],
    ['another version', { 'X-Kite-Version': '2' }, 400, 'InputException'],
  ])('is refused with %s', async (_what, headers, status, type) => {
    const response = await get('/instruments', headers);
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ error_type: type }),
    ]);
  });
});
