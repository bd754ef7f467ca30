import { afterEach, beforeEach, expect, test } from 'vitest';
import type { InstrumentId } from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';
import type { PlayedMarket, Simulator } from '../simulators/index.ts';
import { rupeeMarket } from '../simulators/rupee-market.fixture.ts';
import { type Talk, talkTo } from '../simulators/talk.fixture.ts';
import { CredentialsRefused, PollFailure } from '../venue.ts';
import { createDhanVenue, type DhanConfig } from './dhan-venue.ts';
import { dhanIds } from './simulator/simulated-list.ts';
import { createDhanSimulator } from './simulator/simulator.ts';

const KEYS = { clientId: '1000000001', accessToken: 'test-token' };
const signal = AbortSignal.timeout(300_000);
let market: PlayedMarket;
let simulator: Simulator;
beforeEach(async () => {
  market = await rupeeMarket(dhanIds());
  simulator = await createDhanSimulator(market, { ...KEYS, packetsPerMessage: 3 });
});
afterEach(async () => {
  await simulator.close();
  await market.close();
});

const venueOf = (config: Partial<DhanConfig> = {}) =>
  createDhanVenue({
    clientId: KEYS.clientId,
    accessToken: { value: KEYS.accessToken },
    apiUrl: `${simulator.url}/v2/`,
    feedUrl: simulator.url.replace('http', 'ws'),
    listUrl: `${simulator.url}/api-data/api-scrip-master-detailed.csv`,
    ...config,
  });

/** What the market says, as far as the venue does: a price alone of what is no option. */
function expected(id: InstrumentId) {
  const { last, bid, ask, bidSize, askSize, volume, openInterest, previousClose } =
    market.quoteOf(id) ?? expect.unreachable();
  const kind = market.list.instruments.find((each) => each.id === id)?.kind;
  if (kind !== 'option') return { id, last };
  return { id, last, bid, ask, bidSize, askSize, volume, openInterest, previousClose };
}

test('the list is the market', async () => {
  const { instruments, rejected } = await venueOf().instruments(['NIFTY', 'SENSEX', 'RELIANCE'], signal);
  expect(Object.fromEntries(rejected)).toEqual({ 'no options of RELIANCE': 1 });
  expect(instruments).toHaveLength(market.list.instruments.length);
  for (const listed of market.list.instruments) {
    const { expiresAt, listing, ...terms } = { expiresAt: 0, ...listed };
    expect(instruments).toContainEqual(expect.objectContaining(terms));
  }
});

test('what was subscribed and what changes are the numbers of the market', async () => {
  const venue = venueOf();
  const list = await venue.instruments(['NIFTY', 'SENSEX'], signal);
  const options = list.instruments.filter((each) => each.kind === 'option');
  const ids = venue.subscriptions(list, options);
  await using talk = await talkTo(venue);
  talk.subscribe(ids);
  await expect.poll(() => ids.map((id) => talk.quotes.get(id))).toMatchObject(ids.map(expected));
  expect(new Set(talk.confirmed)).toEqual(new Set(ids));
  expect(talk.confirmed).toHaveLength(ids.length);
  expect(talk.events).toEqual([]);
  const before = talk.quotes.get(ids[0])?.last;
  await market.step();
  await expect.poll(() => talk.quotes.get(ids[0])?.last).not.toBe(before);
  await expect.poll(() => ids.map((id) => talk.quotes.get(id))).toMatchObject(ids.map(expected));
  expect(talk.rejected).toEqual([]);
  talk.unsubscribe(ids);
  await expect.poll(() => simulator.subscriptions()[0].size).toBe(0);
});

test('keys that are not accepted are told by a packet, and so is a token that expires', async () => {
  const reasons = (talk: Talk) => talk.events.map((event) => 'reason' in event && [event.kind, event.reason]);
  const said = (code: number) => [['credentials', expect.stringContaining(`with ${code}: `)]];
  await using token = await talkTo(venueOf({ accessToken: { value: 'another' } }));
  await expect.poll(() => reasons(token)).toEqual(said(809));
  await using client = await talkTo(venueOf({ clientId: '2' }));
  await expect.poll(() => reasons(client)).toEqual(said(808));
  await expect.poll(() => [token.isClosed, client.isClosed]).toEqual([true, true]);
  await using talk = await talkTo(venueOf());
  simulator.fault({ kind: 'token_expired' });
  await expect.poll(() => reasons(talk)).toEqual(said(807));
  await expect.poll(() => talk.isClosed).toBe(true);
});

test('of six sockets the oldest is ended', async () => {
  const venue = venueOf();
  await using stack = new AsyncDisposableStack();
  const talks: Talk[] = [];
  for (let i = 0; i < 6; i++) talks.push(stack.use(await talkTo(venue)));
  await expect
    .poll(() => talks.map(({ isClosed }) => isClosed))
    .toEqual([true, false, false, false, false, false]);
  expect(talks[0].events).toEqual([expect.objectContaining({ kind: 'failed', retryAfterMs: 60_000 })]);
});

test('a request of more than 100 instruments ends the connection', async () => {
  const venue = venueOf();
  await using talk = await talkTo(venue);
  const { id } = market.list.instruments.find(({ kind }) => kind === 'option') ?? expect.unreachable();
  talk.subscribe(Array.from({ length: 101 }, () => id));
  await expect.poll(() => talk.isClosed).toBe(true);
});

test('the chains of the expiries come in turn, and not oftener than is allowed', async () => {
  const venue = venueOf();
  const list = await venue.instruments(['NIFTY', 'SENSEX'], signal);
  const options = list.instruments.filter((each) => each.kind === 'option');
  const [poll] = venue.polls;
  const quotes = new Map<InstrumentId, InstrumentQuote>();
  const sink = {
    quote: (quote: InstrumentQuote) => quotes.set(quote.id, { ...createInstrumentQuote(), ...quote }),
    state: () => {},
    listed: () => {},
    rejected: (_: string, reason: string) => expect.unreachable(reason),
  };
  await poll.run(options, sink, signal);
  const first = options.filter(({ listing }) => listing.symbol === 'NIFTY');
  const orNone = (bid: number) => (bid === 0 ? Number.NaN : bid);
  for (const { id } of first) {
    const { bid, ...rest } = expected(id);
    expect(quotes.get(id)).toMatchObject({ ...rest, bid: orNone(Number(bid)), spot: 24_010.35 });
  }
  expect(quotes.size).toBe(first.length);
  const failure = await poll.run(options, sink, signal).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(PollFailure);
  expect(failure).toMatchObject({ retryAfterMs: 3000, message: expect.stringMatching(/429.*DH-904/) });
  expect(poll.intervalMs).toBe(3000);
  const stranger = venueOf({ accessToken: { value: 'another' } });
  await stranger.instruments(['NIFTY'], signal);
  await expect(stranger.polls[0].run(first, sink, signal)).rejects.toBeInstanceOf(CredentialsRefused);
});
