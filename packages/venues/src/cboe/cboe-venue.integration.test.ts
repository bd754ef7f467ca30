import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { OptionInstrument } from '../instrument.ts';
import type { InstrumentQuote, QuoteSink } from '../meaning.ts';
import { chainSaying, sourceOf } from '../simulators/chains.fixture.ts';
import { marketOf, type PlayedMarket } from '../simulators/simulated-market.ts';
import type { Venue } from '../venue.ts';
import { type CboeSimulator, createCboeSimulator } from './simulator/cboe-simulator.ts';
import { cboeId } from './simulator/page-text.ts';
import { CBOE_TERMS, TermsNotAccepted } from './terms.ts';
import { type CboeConfig, createCboeVenue } from './venue.ts';

/** A Friday, 09:49:40 in New York. */
const AT = Date.parse('2026-11-20T14:49:40Z');
const WEEKLY = 'SPXW261218C06800000';
const MONTHLY = 'SPX261218C06800000';

const chainOf = (product: string, seconds: number, bid: number) =>
  chainSaying({
    product,
    expiry: '2026-12-18',
    timestamp: AT + seconds * 1000,
    spot: 6801.5,
    strikes: {
      6800: [
        { bid, ask: 31, last: 30.5, open_interest: 1520, volume: 880 },
        { bid: 0, ask: 29 },
      ],
    },
  });

let market: PlayedMarket;
let simulator: CboeSimulator;
let quotes: InstrumentQuote[];
let at: number;

const sink: QuoteSink = {
  quote: (quote) => quotes.push({ ...quote }),
  state: () => {},
  listed: () => {},
  rejected: () => {},
};

beforeEach(async () => {
  quotes = [];
  at = AT + 15 * 60_000;
  const chains = [chainOf('SPX', 0, 30), chainOf('SPXW', 0, 29), chainOf('SPX', 60, 30.2)];
  market = await marketOf(sourceOf(chains), { idOf: cboeId, exchange: 'US' });
  simulator = await createCboeSimulator(market);
});
afterEach(async () => {
  await simulator.close();
  await market.close();
});

const venueOf = (over: Partial<CboeConfig> = {}): Venue =>
  createCboeVenue({ termsAccepted: true, url: simulator.url, intervalMs: () => 0, now: () => at, ...over });
const list = async (venue: Venue, ...products: string[]) =>
  venue.instruments(products, AbortSignal.timeout(10_000));
const optionsOf = async (venue: Venue, ...products: string[]) =>
  (await list(venue, ...products)).instruments.filter(
    (each): each is OptionInstrument => each.kind === 'option',
  );
const poll = (venue: Venue, options: readonly OptionInstrument[]) =>
  venue.polls[0].run(options, sink, AbortSignal.timeout(10_000));
const bidOf = (id: string) => quotes.findLast((quote) => quote.id === id)?.bid;

test('it is off until the terms are accepted, and says them', () => {
  expect(() => createCboeVenue({ termsAccepted: false })).toThrow(TermsNotAccepted);
  expect(() => createCboeVenue({ termsAccepted: false })).toThrow(CBOE_TERMS);
});

test('one page has both roots of an index, which stay products of their own', async () => {
  const venue = venueOf();
  const { instruments } = await list(venue, 'SPX', 'SPXW');
  expect(simulator.requests().all).toBe(1);
  const options = instruments.filter((each): each is OptionInstrument => each.kind === 'option');
  const [monthly, weekly] = [MONTHLY, WEEKLY].map((id) => options.find((each) => each.id === id));
  // The third Friday: SPX ceases at the opening, SPXW at the close.
  expect(new Date(monthly?.expiresAt ?? 0).toISOString()).toBe('2026-12-18T14:30:00.000Z');
  expect(new Date(weekly?.expiresAt ?? 0).toISOString()).toBe('2026-12-18T21:00:00.000Z');
  expect((await optionsOf(venue, 'SPXW')).map(({ listing }) => listing.symbol)).toEqual(['SPXW', 'SPXW']);
});

test('the first list is delivered without a second request, as of the time of its quotes', async () => {
  const venue = venueOf({ intervalMs: () => 60_000 });
  await poll(venue, await optionsOf(venue, 'SPX', 'SPXW'));
  expect(simulator.requests().all).toBe(1);
  const quote = quotes.find(({ id }) => id === MONTHLY);
  expect(quote).toMatchObject({
    at: AT,
    complete: true,
    bid: 30,
    ask: 31,
    last: 30.5,
    openInterest: 1520,
    spot: 6801.5,
  });
  expect(bidOf('SPX261218P06800000')).toBe(0);
  expect(quotes.filter(({ id }) => id === 'SPX' || id === 'SPXW').map(({ last }) => last)).toEqual([
    6801.5, 6801.5,
  ]);
});

test.each([true, false])(
  'what has not changed is not delivered again (304 of the CDN: %s)',
  async (conditional) => {
    await simulator.close();
    simulator = await createCboeSimulator(market, { conditional });
    const venue = venueOf();
    const options = await optionsOf(venue, 'SPX');
    await poll(venue, options);
    const first = quotes.length;
    await poll(venue, options);
    expect(quotes.length).toBe(first);
    expect(simulator.requests().conditional).toBe(2);
    await market.step();
    await poll(venue, options);
    expect(bidOf(MONTHLY)).toBe(30.2);
  },
);

test('options that are wanted later are delivered from the page that is there', async () => {
  const venue = venueOf();
  const options = await optionsOf(venue, 'SPX');
  await poll(venue, options.slice(0, 1));
  await poll(venue, options);
  expect(new Set(quotes.map(({ id }) => id)).size).toBe(3);
});

test('nothing is asked for outside of its hours, unless that is wanted', async () => {
  const [polite, always] = [venueOf(), venueOf({ allHours: true })];
  const options = await optionsOf(polite, 'SPX');
  for (const time of [
    '2026-11-20T12:29:59Z',
    '2026-11-20T22:00:00Z',
    '2026-11-21T15:00:00Z',
    '2026-11-26T15:00:00Z',
  ]) {
    at = Date.parse(time);
    await poll(polite, options);
  }
  expect(simulator.requests().all).toBe(1);
  await poll(always, options);
  expect(simulator.requests().all).toBe(2);
  at = Date.parse('2026-11-20T12:30:00Z');
  await poll(polite, options);
  expect(simulator.requests().all).toBe(3);
});

describe('refusals', () => {
  test.each([403, 404] as const)(
    '%i for a page never seen is an unknown symbol; others are listed',
    async (status) => {
      await simulator.close();
      simulator = await createCboeSimulator(market, { unknownStatus: status });
      const said = `Cboe has no page of XYZ (HTTP ${status})`;
      await expect(list(venueOf(), 'XYZ')).rejects.toThrow(said);
      const { instruments, rejected } = await list(venueOf(), 'XYZ', 'SPX');
      expect(instruments.length).toBeGreaterThan(0);
      expect([...rejected]).toEqual([[said, 1]]);
    },
  );

  test.each([403, 429, 500, 503])(
    'after %i a page that was there is not asked for again for a minute',
    async (status) => {
      const venue = venueOf({ random: () => 0 });
      const options = await optionsOf(venue, 'SPX');
      simulator.respondWith(status);
      await expect(poll(venue, options)).rejects.toThrow(`HTTP ${status} to the request for _SPX`);
      simulator.respondWith(null);
      const before = simulator.requests().all;
      // It is not taken for a venue that gives quotes.
      await expect(poll(venue, options)).rejects.toThrow(`HTTP ${status}`);
      expect(simulator.requests().all).toBe(before);
      const now = performance.now();
      vi.spyOn(performance, 'now').mockReturnValue(now + 60_001);
      await poll(venue, options).finally(() => vi.restoreAllMocks());
      expect(simulator.requests().all).toBe(before + 1);
    },
  );

  test('a page that is cut off, too large or too slow says so, and what was read before stays', async () => {
    const venue = venueOf();
    const options = await optionsOf(venue, 'SPX');
    simulator.fault({ kind: 'half_frames' });
    await market.step();
    await expect(poll(venue, options)).rejects.toThrow('the page of _SPX cannot be read');
    expect(bidOf(MONTHLY)).toBe(30);
    simulator.fault(null);
    await expect(list(venueOf({ maxPageBytes: 100 }), 'SPX')).rejects.toThrow('larger than 100 bytes');
    simulator.fault({ kind: 'slow_drip', overMs: 60_000 });
    await expect(list(venueOf({ requestTimeoutMs: 100 }), 'SPX')).rejects.toThrow('timeout');
  });
});

test('it says who asks', async () => {
  await list(venueOf({ contact: 'desk@example.org\r\nx: y' }), 'SPX');
  expect([...simulator.requests().userAgents]).toEqual(['DeltaStream (option chains; desk@example.orgx: y)']);
});
