import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { InstrumentId } from '../instrument.ts';
import type { PlayedMarket, Simulator } from '../simulators/index.ts';
import { RUPEE_EXPIRY, rupeeMarket } from '../simulators/rupee-market.fixture.ts';
import { talkTo } from '../simulators/talk.fixture.ts';
import { CredentialsRefused, PollFailure } from '../venue.ts';
import { upstoxIds } from './simulator/simulated-list.ts';
import { createUpstoxSimulator } from './simulator/simulator.ts';
import { createUpstoxVenue, type UpstoxConfig } from './upstox-venue.ts';

const TOKEN = 'test-token.of_the-day';
const signal = AbortSignal.timeout(300_000);
let market: PlayedMarket;
let simulator: Simulator;
beforeEach(async () => {
  market = await rupeeMarket(upstoxIds());
  simulator = await createUpstoxSimulator(market, { accessToken: TOKEN });
});
afterEach(async () => {
  await simulator.close();
  await market.close();
});

const venueOf = (config: Partial<UpstoxConfig> = {}) =>
  createUpstoxVenue({
    accessToken: { value: TOKEN },
    apiUrl: simulator.url,
    listUrl: `${simulator.url}/market-quote/instruments/exchange/`,
    ...config,
  });

/** What the market says, as far as the venue does: a price alone of what is no option. */
function expected(id: InstrumentId) {
  const { forward, spot, mark, complete, ...quote } = market.quoteOf(id) ?? expect.unreachable();
  const kind = market.list.instruments.find((each) => each.id === id)?.kind;
  return kind === 'option' ? quote : { id, at: quote.at, last: quote.last };
}

test('the list is the market, packed in files by exchange', async () => {
  const { instruments, rejected } = await venueOf().instruments(['NIFTY', 'SENSEX', 'RELIANCE'], signal);
  expect(Object.fromEntries(rejected)).toEqual({ 'no options of RELIANCE': 1 });
  expect(instruments).toHaveLength(market.list.instruments.length);
  for (const listed of market.list.instruments) {
    const { expiresAt, listing, ...terms } = { expiresAt: 0, ...listed };
    expect(instruments).toContainEqual(expect.objectContaining(terms));
    const found = instruments.find(({ id }) => id === listed.id);
    if (listed.kind !== 'underlying') expect(found?.listing).toMatchObject({ priceTick: 0.05 });
  }
  expect(instruments.find(({ kind }) => kind === 'option')).toMatchObject({
    expiry: RUPEE_EXPIRY,
    lotSize: 65,
  });
});

test.each(['option_greeks', 'full'] as const)(
  'in mode %s a snapshot and the changes behind it are the numbers of the market',
  async (mode) => {
    const venue = venueOf({ mode });
    const list = await venue.instruments(['NIFTY', 'SENSEX'], signal);
    const options = list.instruments.filter((each) => each.kind === 'option');
    const ids = venue.subscriptions(list, options);
    expect(ids.slice(0, 3)).toEqual([
      'NSE_INDEX|Nifty 50',
      'BSE_INDEX|SENSEX',
      expect.stringMatching(/^NSE_FO/),
    ]);
    await using talk = await talkTo(venue);
    talk.subscribe(ids);
    await expect.poll(() => talk.quotes.size).toBe(ids.length);
    for (const id of ids) expect(talk.quotes.get(id)).toMatchObject(expected(id));
    expect(talk.confirmed).toEqual(ids);
    expect(talk.events).toEqual([]);
    expect([...talk.states.values()]).toEqual(ids.map(() => 'open'));
    const before = talk.quotes.get(ids[0])?.last;
    await market.step();
    await expect.poll(() => talk.quotes.get(ids[0])?.last).not.toBe(before);
    await expect.poll(() => ids.map((id) => talk.quotes.get(id))).toMatchObject(ids.map(expected));
    expect(talk.rejected).toEqual([]);
    talk.unsubscribe(ids);
    await expect.poll(() => simulator.subscriptions()[0].size).toBe(0);
  },
);

test('an address is good once, and a redirect of the address with the token leads to one', async () => {
  const venue = venueOf();
  const address = (await venue.wire?.address(signal)) ?? expect.unreachable();
  await using first = await talkTo(venue, address);
  await expect(talkTo(venue, address)).rejects.toThrow('HTTP 401');
  const url = `${simulator.url.replace('http', 'ws')}/v3/feed/market-data-feed`;
  await using second = await talkTo(venue, { url, headers: { Authorization: `Bearer ${TOKEN}` } });
  await expect(talkTo(venue)).rejects.toThrow('HTTP 429');
  expect([first.isClosed, second.isClosed]).toEqual([false, false]);
});

test('a token that is not accepted says so without it, and so does one that expires', async () => {
  const wire = (value: string) => venueOf({ accessToken: { value } }).wire ?? expect.unreachable();
  const refusal = await wire('an-old-token')
    .address(signal)
    .catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(CredentialsRefused);
  expect(String(refusal)).toMatch(/the authorization of the feed of Upstox.*401.*UDAPI100050/);
  expect(String(refusal)).not.toContain('an-old-token');
  await expect(wire('a token').address(signal)).rejects.toThrow('the access token of Upstox is not one');
  await using talk = await talkTo(venueOf());
  simulator.fault({ kind: 'token_expired' });
  await expect.poll(() => talk.isClosed).toBe(true);
  await expect(wire(TOKEN).address(signal)).rejects.toBeInstanceOf(CredentialsRefused);
});

test('a request in text is not heard, and one that is not understood is refused', async () => {
  const venue = venueOf();
  const { url } = (await venue.wire?.address(signal)) ?? expect.unreachable();
  const socket = new WebSocket(url);
  const texts: string[] = [];
  socket.on('message', (data, isBinary) => !isBinary && texts.push(data.toString()));
  await new Promise((resolve) => socket.once('open', resolve));
  const data = { mode: 'full', instrumentKeys: ['NSE_INDEX|Nifty 50'] };
  socket.send(JSON.stringify({ guid: 'a', method: 'sub', data }));
  socket.send(Buffer.from(JSON.stringify({ guid: 'b', method: 'sub', data: { ...data, mode: 'all' } })));
  await expect.poll(() => texts).toEqual([expect.stringMatching(/"guid":"b".*"failed"/)]);
  expect(simulator.subscriptions()[0].size).toBe(0);
  socket.terminate();
});

test('a list that breaks off is refused entirely', async () => {
  simulator.fault({ kind: 'half_frames' });
  const list = venueOf().instruments(['NIFTY'], signal);
  await expect(list).rejects.toBeInstanceOf(PollFailure);
  await expect(list).rejects.toThrow('the instrument list of NSE of Upstox');
});
