import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { InstrumentId, OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import type { PlayedMarket, Simulator } from '../simulators/index.ts';
import { rupeeMarket } from '../simulators/rupee-market.fixture.ts';
import { talkTo } from '../simulators/talk.fixture.ts';
import { CredentialsRefused, PollFailure } from '../venue.ts';
import { createOpenAlgoVenue, type OpenAlgoConfig } from './openalgo-venue.ts';
import { openAlgoId } from './simulator/simulated-lists.ts';
import { createOpenAlgoSimulator, type OpenAlgoSimulatorOptions } from './simulator/simulator.ts';

const API_KEY = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';
const PRODUCTS = ['NIFTY', 'SENSEX'];
const signal = AbortSignal.timeout(300_000);
let market: PlayedMarket;
let simulator: Simulator;

async function simulate(options: Partial<OpenAlgoSimulatorOptions> = {}): Promise<void> {
  await simulator.close();
  simulator = await createOpenAlgoSimulator(market, { apiKey: API_KEY, ...options });
}

beforeEach(async () => {
  market = await rupeeMarket(openAlgoId);
  simulator = await createOpenAlgoSimulator(market, { apiKey: API_KEY });
});
afterEach(async () => {
  await simulator.close();
  await market.close();
});

const venueOf = (config: Partial<OpenAlgoConfig> = {}) =>
  createOpenAlgoVenue({ apiKey: API_KEY, url: `${simulator.url}/`, ...config });

const kindOf = (id: InstrumentId) => market.list.instruments.find((each) => each.id === id)?.kind;

/** What the market says, as far as ticks do: a price alone of what is no option. */
function expected(id: InstrumentId) {
  const { last, bid, ask, bidSize, askSize, volume } = market.quoteOf(id) ?? expect.unreachable();
  return kindOf(id) === 'option' ? { id, last, bid, ask, bidSize, askSize, volume } : { id, last };
}

async function followed(venue = venueOf()) {
  const list = await venue.instruments(PRODUCTS, signal);
  const options = list.instruments.filter((each): each is OptionInstrument => each.kind === 'option');
  return { venue, options, ids: venue.subscriptions(list, options), poll: venue.polls[0] };
}

/** The newest of what a poll gives of each instrument. */
function collector() {
  const quotes = new Map<InstrumentId, InstrumentQuote>();
  const rejected: string[] = [];
  const sink = {
    quote: (quote: InstrumentQuote) => quotes.set(quote.id, { ...quote }),
    state: () => expect.unreachable(),
    listed: () => expect.unreachable(),
    rejected: (_: string, reason: string) => rejected.push(reason),
  };
  return { quotes, rejected, sink };
}

test('the list is the market', async () => {
  const { instruments, rejected } = await venueOf().instruments([...PRODUCTS, 'RELIANCE'], signal);
  expect(Object.fromEntries(rejected)).toEqual({ 'no options of RELIANCE': 1 });
  expect(instruments).toHaveLength(market.list.instruments.length);
  for (const listed of market.list.instruments) {
    const { expiresAt, listing, ...terms } = { expiresAt: 0, ...listed };
    expect(instruments).toContainEqual(expect.objectContaining(terms));
  }
});

describe.each(['zerodha', 'dhan', 'upstox'] as const)('with the data of %s', (broker) => {
  beforeEach(() => simulate({ broker }));

  test('what is subscribed and what changes are the numbers of the market', async () => {
    const { venue, ids } = await followed();
    await using talk = await talkTo(venue);
    await expect.poll(() => talk.events).toEqual([{ kind: 'ready' }]);
    talk.subscribe([...ids, 'NFO:NIFTY01JAN2599999CE']);
    await expect.poll(() => ids.map((id) => talk.quotes.get(id))).toMatchObject(ids.map(expected));
    expect(new Set(talk.confirmed)).toEqual(new Set(ids));
    expect(talk.confirmed).toHaveLength(ids.length);
    expect(talk.events.slice(1)).toEqual([
      {
        kind: 'refused',
        ids: ['NFO:NIFTY01JAN2599999CE'],
        reason: 'OpenAlgo: Token not found for NIFTY01JAN2599999CE on NFO',
      },
    ]);
    // No tick says them rightly with every broker.
    for (const id of ids)
      expect(talk.quotes.get(id)).toMatchObject({ openInterest: Number.NaN, previousClose: Number.NaN });
    const before = talk.quotes.get(ids[0])?.last;
    await market.step();
    await expect.poll(() => talk.quotes.get(ids[0])?.last).not.toBe(before);
    await expect.poll(() => ids.map((id) => talk.quotes.get(id))).toMatchObject(ids.map(expected));
    expect(talk.rejected).toEqual([]);
    talk.unsubscribe(ids);
    await expect.poll(() => simulator.subscriptions()[0].size).toBe(0);
  });

  test('chains come in turn, with open interest and the previous close, also beside ticks', async () => {
    const { venue, options, ids, poll } = await followed();
    const { quotes, rejected, sink } = collector();
    await poll.run(options, sink, signal);
    const first = options.filter(({ listing }) => listing.symbol === 'NIFTY');
    const hasSizes = broker !== 'zerodha';
    for (const { id } of first) {
      const { bidSize, askSize, ...rest } = expected(id) as InstrumentQuote;
      const { openInterest, previousClose } = market.quoteOf(id) ?? expect.unreachable();
      expect(quotes.get(id)).toMatchObject({ ...rest, complete: true, openInterest, previousClose });
      expect(quotes.get(id)).toMatchObject(
        hasSizes ? { bidSize, askSize } : { bidSize: Number.NaN, askSize: Number.NaN },
      );
    }
    expect(quotes.get('NSE_INDEX:NIFTY')).toMatchObject({ last: 24_010.35, previousClose: Number.NaN });
    expect(quotes.size).toBe(first.length + 1);
    await poll.run(options, sink, signal);
    expect(quotes.size).toBe(options.length + 2);

    // From now on ticks say what chains said, and chains say what ticks do not.
    await using talk = await talkTo(venue);
    talk.subscribe(ids);
    const [{ id }] = first;
    const said = market.quoteOf(id) ?? expect.unreachable();
    await expect
      .poll(() => talk.quotes.get(id))
      .toMatchObject({ ...expected(id), openInterest: said.openInterest, complete: true });
    await expect.poll(() => talk.confirmed).toHaveLength(ids.length);
    quotes.clear();
    await poll.run(options, sink, signal);
    expect(quotes.get(id)).toMatchObject({
      ...{ complete: false, bid: Number.NaN, last: Number.NaN, volume: Number.NaN },
      ...{ openInterest: said.openInterest, previousClose: said.previousClose },
    });
    expect(rejected).toEqual([]);
  });
});

test('a key that is not accepted is said without it, over the WebSocket and over HTTP', async () => {
  const { options } = await followed();
  const stranger = venueOf({ apiKey: 'another-key-of-mine' });
  await using talk = await talkTo(stranger);
  await expect
    .poll(() => talk.events)
    .toEqual([{ kind: 'credentials', reason: 'OpenAlgo: AUTHENTICATION_ERROR: Invalid API key' }]);
  for (const request of [
    () => stranger.instruments(PRODUCTS, signal),
    () => stranger.polls[0].run(options, collector().sink, signal),
  ]) {
    const refusal = await request().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CredentialsRefused);
    expect(String(refusal)).toMatch(/of OpenAlgo: the venue answered 403: .*Invalid openalgo/);
    expect(String(refusal)).not.toContain('another-key');
  }
  expect(() => venueOf({ apiKey: 'se cret' })).toThrow(/^the API key of OpenAlgo is not one/);
});

test('what repeats a request, such as a proxy, does not show the key', async () => {
  const { options } = await followed();
  let status = 400;
  const server = createServer(async (request, response) => {
    const message = `Cannot take ${request.url} ${await text(request)}`;
    response.writeHead(status).end(JSON.stringify({ status: 'error', message }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const venue = venueOf({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const reasonOf = (request: Promise<unknown>) => request.catch((error: unknown) => String(error));
  const reasons = [
    await reasonOf(venue.instruments(PRODUCTS, signal)),
    await reasonOf(venue.polls[0].run(options, collector().sink, signal)),
  ];
  status = 200;
  reasons.push(await reasonOf(venue.polls[0].run(options, collector().sink, signal)));
  server.close();
  expect(reasons.map((reason) => /Cannot take/.test(String(reason)))).toEqual([true, true, true]);
  expect(reasons.join()).toContain('"apikey');
  expect(reasons.join()).not.toContain(API_KEY);
});

test('who does not authenticate is let go, and who has not is told so', async () => {
  await simulate({ authenticationMs: 200 });
  const socket = new WebSocket(`${simulator.url.replace('http', 'ws')}/ws`);
  const texts: string[] = [];
  socket.on('message', (data) => texts.push(data.toString()));
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ action: 'subscribe', symbol: 'NIFTY', exchange: 'NSE_INDEX', mode: 1 }));
  socket.send(JSON.stringify({ type: 'ping', timestamp: 7 }));
  socket.send('{');
  socket.send(JSON.stringify({ action: 'sing' }));
  expect(await closed).toBe(4401);
  expect(texts.map((text) => JSON.parse(text))).toEqual([
    { status: 'error', code: 'NOT_AUTHENTICATED', message: 'You must authenticate first' },
    expect.objectContaining({ type: 'pong', client_timestamp: 7 }),
    { status: 'error', code: 'INVALID_JSON', message: 'Invalid JSON message' },
    { status: 'error', code: 'INVALID_ACTION', message: 'Invalid action: sing' },
  ]);
});

test('too many requests, zeros, and lists that are empty or break off are failures that say so', async () => {
  const { options, poll } = await followed();
  const { quotes, sink } = collector();
  simulator.fault({ kind: 'zeros' });
  await expect(poll.run(options, sink, signal)).rejects.toThrow('no price and no open interest: all are 0');
  expect(quotes.size).toBe(0);
  simulator.fault({ kind: 'half_frames' });
  await expect(venueOf().instruments(PRODUCTS, signal)).rejects.toBeInstanceOf(PollFailure);
  simulator.fault(null);
  const nothing = { list: { ...market.list, instruments: [] }, quoteOf: () => null, follow: market.follow };
  await simulator.close();
  simulator = await createOpenAlgoSimulator(nothing, { apiKey: API_KEY });
  await expect(venueOf().instruments(PRODUCTS, signal)).rejects.toThrow(
    /list of NFO of OpenAlgo has no column symbol, .*: it is empty until OpenAlgo has downloaded/,
  );
  await simulate({ requestsPerSecond: 0 });
  const failure = await venueOf()
    .instruments(PRODUCTS, signal)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'PollFailure', retryAfterMs: 1000 });
  expect(String(failure)).toContain('429');
});
