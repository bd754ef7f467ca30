import { describe, expect, it } from 'vitest';
import { createInstrumentQuote, type QuoteSink } from '../meaning.ts';
import { createKiteVenue } from './kite-venue.ts';
import { createKiteWire, KITE_LIMITS, KITE_TIMES } from './kite-wire.ts';
import { encodeFrame, HEARTBEAT, type Mode } from './simulator/encode-frame.ts';

const A = 40_020 * 256 + 2;
const B = 40_021 * 256 + 2;

function wire(lots: ReadonlyMap<number, number> = new Map()) {
  return createKiteWire(
    {
      apiKey: 'key',
      accessToken: { value: 'token' },
      socketUrl: 'wss://ws.kite.trade',
      limits: KITE_LIMITS,
      times: KITE_TIMES,
    },
    lots,
  );
}

function listener() {
  const seen = { quotes: [] as unknown[], rejected: [] as string[] };
  const sink: QuoteSink = {
    quote: ({ id }) => seen.quotes.push(id),
    state: () => {},
    listed: () => {},
    rejected: (_rejection, reason) => seen.rejected.push(reason),
  };
  return { ...seen, sink };
}

const frame = (mode: Mode, ...ids: number[]) =>
  encodeFrame(ids.map((id) => ({ quote: { ...createInstrumentQuote(), id, last: 100 }, lot: 65, mode })));
const never = () => {
  throw new Error('nothing is replied');
};

describe('address', () => {
  it('has key and token in its query, and the version in a header', async () => {
    expect(await wire().address(AbortSignal.timeout(1000))).toEqual({
      url: 'wss://ws.kite.trade/?api_key=key&access_token=token',
      headers: { 'X-Kite-Version': '3' },
    });
  });

  it.each(['', 'a b', 'x\r\nHost: y'])('is none with a token that cannot be one: %j', async (value) => {
    const options = { apiKey: 'key', accessToken: { value }, socketUrl: 'wss://ws.kite.trade' };
    const { address } = createKiteWire({ ...options, limits: KITE_LIMITS, times: KITE_TIMES }, new Map());
    await expect(address(AbortSignal.timeout(1000))).rejects.toThrow(
      /access token of Kite is (empty|not one)/,
    );
  });
});

describe('conversation', () => {
  it('asks for the mode after every subscription', () => {
    const talk = wire().converse();
    expect(talk.opened()).toEqual({ send: [], ready: true });
    expect(talk.subscribe([A, B])).toEqual([
      `{"a":"subscribe","v":[${A},${B}]}`,
      `{"a":"mode","v":["full",[${A},${B}]]}`,
    ]);
    expect(talk.unsubscribe([A])).toEqual([`{"a":"unsubscribe","v":[${A}]}`]);
  });

  it('counts a token as subscribed with its first packet in full mode, once', () => {
    const { sink, quotes } = listener();
    const talk = wire().converse();
    talk.subscribe([A, B]);
    expect(talk.receive(frame('quote', A, B), sink, never)).toEqual([]);
    expect(talk.receive(frame('full', A), sink, never)).toEqual([{ kind: 'subscribed', ids: [A] }]);
    expect(talk.receive(frame('full', A, B), sink, never)).toEqual([{ kind: 'subscribed', ids: [B] }]);
    expect(talk.receive(frame('full', A, B), sink, never)).toEqual([]);
    expect(quotes).toEqual([A, B, A, A, B, A, B]);
  });

  it('counts heartbeats as life, which are no quotes', () => {
    const { sink, quotes } = listener();
    expect(wire().converse().receive(HEARTBEAT, sink, never)).toEqual([{ kind: 'alive' }]);
    expect(quotes).toEqual([]);
  });

  it.each([
    ['{"type":"order","data":{"order_id":"1"}}', []],
    ['{"type":"message","data":"Markets close early"}', []],
    ['{"type":"error","data":"Invalid token list"}', ['Kite: Invalid token list']],
    ['{"type":"error"}', ['Kite: an error without words']],
    ['{"type":', ['Kite: a text message of 8 characters is not JSON']],
    ['null', []],
  ])('reads the text %s', (text, rejected) => {
    const seen = listener();
    expect(wire().converse().receive(text, seen.sink, never)).toEqual([{ kind: 'alive' }]);
    expect(seen.rejected).toEqual(rejected);
  });

  it('tells an error of the keys from others', () => {
    const text = '{"type":"error","data":"Incorrect `api_key` or `access_token`."}';
    expect(wire().converse().receive(text, listener().sink, never)).toEqual([
      { kind: 'credentials', reason: expect.stringContaining('Incorrect') },
    ]);
  });
});

describe('venue', () => {
  it('subscribes underlyings, then futures, then options in their order', () => {
    const venue = createKiteVenue({ apiKey: 'key', accessToken: { value: 'token' } });
    const listing = {
      symbol: 'NIFTY',
      exchange: 'NSE',
      kind: 'index',
      currency: 'INR',
      settledAtOpen: 'never',
      priceTick: 0.05,
    } as const;
    const other = { ...listing, symbol: 'BANKNIFTY' };
    const term = { expiry: '2026-08-25', expiresAt: 0 };
    const option = (id: number) =>
      ({ kind: 'option', id, listing, ...term, strike: id, side: 'call', lotSize: 65 }) as const;
    const options = [option(5), option(4)];
    const instruments = [
      option(4),
      { kind: 'future', id: 3, listing, ...term },
      { kind: 'future', id: 9, listing: other, ...term },
      { kind: 'underlying', id: 2, listing },
      { kind: 'underlying', id: 8, listing: other },
      option(5),
    ] as const;
    const list = { asOf: 0, instruments, rejected: new Map() };
    expect(venue.subscriptions(list, options)).toEqual([2, 3, 5, 4]);
  });

  it('refuses an API key that cannot be one, without showing it', () => {
    expect(() => createKiteVenue({ apiKey: 'se cret', accessToken: { value: 'token' } })).toThrow(
      /^the API key of Kite is not one: expected letters and digits only$/,
    );
  });
});
