import { column, MAX_STRIKES, type QuoteColumn, SIDES } from '@deltastream/contracts';
import type { UnstampedChain } from '@deltastream/recordings/source';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import type { DelayedQuotes } from '../venue.ts';
import {
  BTC,
  EXPIRES_AT,
  EXPIRY,
  futureOf,
  NOW,
  optionOf,
  quoteOf,
  TIMES,
  underlyingOf,
} from './instruments.fixture.ts';
import { createQuoteBook, type QuoteBook } from './quote-book.ts';

const INSTRUMENTS: readonly Instrument[] = [
  underlyingOf(1),
  futureOf(2),
  optionOf(11, 24_000, 'call'),
  optionOf(12, 24_000, 'put'),
  optionOf(13, 24_100, 'call'),
  optionOf(14, 24_100, 'put'),
];

function bookOf(
  instruments = INSTRUMENTS,
  volume: 'session' | 'rolling' = 'session',
  delayed?: DelayedQuotes,
) {
  const book = createQuoteBook({ volume, times: TIMES, startMs: 0, delayed });
  book.add(instruments);
  const at = (ms: number) => {
    book.check(NOW + ms, ms);
    return { ticks: book.takeTicks(NOW + ms), chains: [...book.takeChains(NOW + ms)] };
  };
  return { book, at };
}

/** 09:15 in India, of the day of `NOW`. */
const OPENS_AT = Date.UTC(2026, 7, 19, 3, 45);

const cells = (
  { columns }: UnstampedChain,
  name: `call_${QuoteColumn}` | `put_${QuoteColumn}` | 'strike',
) => [...column(columns, name)];
const kinds = (book: QuoteBook) => book.watchdogs(0).map(({ kind }) => kind);

describe('the quote book', () => {
  it('gives a chain per expiry, with what reference data and its instruments say', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(1, { last: 24_050, previousClose: 24_000 }));
    book.quote(quoteOf(2, { last: 24_080 }));
    book.quote(quoteOf(13, { bid: 100, ask: 101, openInterest: 500 }));
    book.quote(quoteOf(12, { bid: 90, ask: 91, volume: 7 }));
    const { chains, ticks } = at(1000);
    expect(chains).toHaveLength(1);
    expect(chains[0]).toMatchObject({
      product: 'NIFTY',
      expiry: EXPIRY,
      expiry_at: EXPIRES_AT,
      timestamp: NOW + 1000,
      currency: 'INR',
      spot: 24_050,
      future: 24_080,
      lot_size: 65,
      price_tick: 0.05,
      quality: [],
    });
    expect(cells(chains[0], 'strike')).toEqual([24_000, 24_100]);
    expect(cells(chains[0], 'call_bid')).toEqual([Number.NaN, 100]);
    expect(cells(chains[0], 'call_open_interest')).toEqual([Number.NaN, 500]);
    expect(cells(chains[0], 'put_volume')).toEqual([7, Number.NaN]);
    expect(ticks).toEqual([
      {
        product: 'NIFTY',
        timestamp: NOW + 1000,
        currency: 'INR',
        price: 24_050,
        previous_close: 24_000,
        quality: [],
      },
    ]);
  });

  it('gives only what changed, and copies that stay as they are', () => {
    const other = optionOf(21, 24_000, 'call', {
      expiry: '2026-09-01',
      expiresAt: EXPIRES_AT + 7 * 86_400_000,
    });
    const { book, at } = bookOf([...INSTRUMENTS, other]);
    book.quote(quoteOf(11, { bid: 100 }));
    book.quote(quoteOf(21, { bid: 200 }));
    const first = at(0).chains;
    expect(first.map(({ expiry }) => expiry)).toEqual([EXPIRY, '2026-09-01']);
    expect(at(1000).chains).toEqual([]);
    book.quote(quoteOf(21, { bid: 210 }));
    book.quote(quoteOf(11, { bid: 100 }));
    expect(at(2000).chains.map(({ expiry }) => expiry)).toEqual(['2026-09-01']);
    expect(cells(first[1], 'call_bid')).toEqual([200]);
    book.quote(quoteOf(1, { last: 24_000 }));
    expect(at(3000).chains).toHaveLength(2);
  });

  it('takes the forward and the spot that options say', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(2, { last: 24_080 }));
    book.quote(quoteOf(11, { bid: 1, forward: 24_090, spot: 24_010 }));
    expect(at(0)).toMatchObject({ chains: [{ future: 24_090, spot: 24_010 }], ticks: [{ price: 24_010 }] });
    expect(book.forwardOf('NIFTY', EXPIRY)).toBe(24_090);
    expect(book.spotOf('NIFTY')).toBe(24_010);
    expect(book.forwardOf('NIFTY', '2030-01-01')).toBeNaN();
  });

  it('says null of what it does not know, and takes the lot of reference data', () => {
    const { book, at } = bookOf([optionOf(11, 24_000, 'call', { lotSize: null })]);
    book.quote(quoteOf(11, { bid: 1 }));
    expect(at(0).chains[0]).toMatchObject({ spot: null, future: null, lot_size: 65, quality: [] });
    const strange = { ...INSTRUMENTS[0].listing, symbol: 'STRANGE', priceTick: null };
    const unknown = bookOf([optionOf(11, 24_000, 'call', { lotSize: null, listing: strange })]);
    unknown.book.quote(quoteOf(11, { bid: 1 }));
    expect(unknown.at(0).chains[0]).toMatchObject({
      lot_size: null,
      price_tick: null,
      quality: ['lot_unknown'],
    });
  });

  it('says the step of premiums in coin in the currency of the strikes, where it knows the forward', () => {
    const { book, at } = bookOf([optionOf(11, 95_000, 'call', { listing: BTC })]);
    book.quote(quoteOf(11, { bid: 1800 }));
    expect(at(0).chains[0]).toMatchObject({ future: null, price_tick: null });
    book.quote(quoteOf(11, { bid: 1800, forward: 90_000 }));
    expect(at(1000).chains[0]).toMatchObject({ future: 90_000, price_tick: 9 });
  });

  it('keeps quotes of what stays when instruments are added and removed', () => {
    const { book, at } = bookOf();
    for (const id of [11, 12, 13, 14]) book.quote(quoteOf(id, { bid: id, at: NOW }));
    book.add([optionOf(15, 23_900, 'put')]);
    book.remove([13, 14, 99]);
    book.quote(quoteOf(15, { bid: 15 }));
    book.quote(quoteOf(13, { bid: 1300 }));
    const [chain] = at(0).chains;
    expect(cells(chain, 'strike')).toEqual([23_900, 24_000]);
    expect(cells(chain, 'call_bid')).toEqual([Number.NaN, 11]);
    expect(cells(chain, 'put_bid')).toEqual([15, 12]);
    expect(book.counts.foreign).toBe(1);
    book.quote(quoteOf(12, { bid: 1, at: NOW - 1 }));
    expect(book.counts.late).toBe(1);
  });

  it('lets contracts and expiries leave that ended', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(11, { bid: 1 }));
    book.state(12, 'ended');
    book.quote(quoteOf(12, { bid: 1 }));
    expect(book.counts.foreign).toBe(1);
    expect(at(EXPIRES_AT - NOW - 1).chains).toHaveLength(1);
    book.quote(quoteOf(11, { bid: 2 }));
    expect(at(EXPIRES_AT - NOW).chains).toEqual([]);
    book.quote(quoteOf(11, { bid: 3 }));
    expect(book.counts.foreign).toBe(2);
  });

  it('takes no quotes of what is closed for trade', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(11, { bid: 1 }));
    book.state(11, 'closed');
    book.quote(quoteOf(11, { bid: 2 }));
    expect(book.counts.closed).toBe(1);
    book.state(11, 'open');
    expect(cells(at(0).chains[0], 'call_bid')).toEqual([1, Number.NaN]);
  });

  it('holds no more strikes than a chain may have', () => {
    const many = Array.from({ length: MAX_STRIKES + 1 }, (_, i) => optionOf(i, i + 1, 'call'));
    const { book, at } = bookOf(many);
    for (const { id } of many) book.quote(quoteOf(id, { bid: 1 }));
    expect(at(0).chains[0].columns.count).toBe(MAX_STRIKES);
    expect(book.counts).toMatchObject({ too_many_strikes: 1, foreign: 1 });
  });

  it('refuses values that are none', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(11, { bid: -1, ask: 2, last: Number.POSITIVE_INFINITY }));
    const [chain] = at(0).chains;
    expect([cells(chain, 'call_bid')[0], cells(chain, 'call_ask')[0]]).toEqual([Number.NaN, 2]);
    expect(book.counts.bad_value).toBe(2);
  });
});

const FIELDS = {
  bid: 'bid',
  ask: 'ask',
  last: 'last',
  mark: 'mark',
  bidSize: 'bid_size',
  askSize: 'ask_size',
  volume: 'volume',
  openInterest: 'open_interest',
  previousClose: 'previous_close',
} as const;
const amount = fc.oneof(fc.integer({ min: 1, max: 1000 }), fc.constant(Number.NaN));
/** Quotes of an option in which something is above 0, so that no zero is held back. */
const quotes = (times: fc.Arbitrary<number>, complete: fc.Arbitrary<boolean>) =>
  fc
    .record({
      id: fc.constantFrom(11, 12, 13, 14),
      at: times,
      complete,
      ...Object.fromEntries(Object.keys(FIELDS).map((name) => [name, amount])),
    })
    .map((said) =>
      quoteOf(said.id as number, { ...said, last: 1 + ((said.at as number) % 50) } as InstrumentQuote),
    );

/** Cells by contract, as a model that keeps an object per contract. */
function modelOf(list: readonly InstrumentQuote[]) {
  const model = new Map<number, Partial<Record<string, number>>>();
  for (const quote of list) {
    const held = model.get(quote.id as number) ?? {};
    if (quote.at < (held.at ?? 0)) continue;
    const next = quote.complete ? {} : { ...held };
    for (const [name, field] of Object.entries(FIELDS)) {
      const value = quote[name as keyof typeof FIELDS];
      if (!Number.isNaN(value)) next[field] = value;
    }
    model.set(quote.id as number, { ...next, at: quote.at });
  }
  return model;
}

function shown(chain: UnstampedChain | undefined) {
  if (!chain) return new Map();
  const ids = { call: [11, 13], put: [12, 14] };
  return new Map(
    SIDES.flatMap((side) =>
      ids[side].map((id, row) => {
        const given = Object.values(FIELDS).flatMap((field) => {
          const value = column(chain.columns, `${side}_${field}`)[row];
          return Number.isNaN(value) ? [] : [[field, value] as const];
        });
        return [id, Object.fromEntries(given)] as const;
      }),
    ).filter(([, given]) => Object.keys(given).length > 0),
  );
}

const withoutTimes = (model: ReturnType<typeof modelOf>) =>
  new Map(
    [...model]
      .map(([id, { at: _at, ...cells }]) => [id, cells] as const)
      .sort(([a], [b]) => Number(a) - Number(b)),
  );
const sorted = <T>(map: Map<number, T>) => new Map([...map].sort(([a], [b]) => a - b));

describe('quotes in any order', () => {
  it('come out as a model says that keeps an object per contract', () => {
    const list = fc.array(quotes(fc.integer({ min: 1, max: 20 }), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(list, (received) => {
        const { book, at } = bookOf();
        for (const quote of received) book.quote(quote);
        expect(sorted(shown(at(0).chains[0]))).toEqual(withoutTimes(modelOf(received)));
      }),
    );
  });

  it('and as often as they like, give the newest of each contract', () => {
    const times = fc.integer({ min: 1, max: 1e6 });
    const distinct = fc.uniqueArray(quotes(times, fc.constant(true)), {
      selector: ({ at }) => at,
      maxLength: 30,
    });
    const order = distinct.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray([...list, ...list], { minLength: list.length })),
    );
    fc.assert(
      fc.property(order, ([list, some]) => {
        const { book, at } = bookOf();
        const received = [...some, ...list].sort((a, b) => ((a.at * 7919) % 101) - ((b.at * 7919) % 101));
        for (const quote of received) book.quote(quote);
        const newest = modelOf(list.toSorted((a, b) => a.at - b.at));
        expect(sorted(shown(at(0).chains[0]))).toEqual(withoutTimes(newest));
      }),
    );
  });

  it('cost the same chain, however contracts are added and removed in between', () => {
    const list = fc.array(quotes(fc.integer({ min: 1, max: 20 }), fc.boolean()), { maxLength: 20 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const { book, at } = bookOf();
        for (const quote of before) book.quote(quote);
        book.add([optionOf(15, 23_000, 'call'), optionOf(16, 24_050, 'put')]);
        book.remove([15, 16]);
        for (const quote of after) book.quote(quote);
        expect(sorted(shown(at(0).chains[0]))).toEqual(withoutTimes(modelOf([...before, ...after])));
      }),
    );
  });
});

describe('quotes that are odd', () => {
  const all = (book: QuoteBook, said: Partial<InstrumentQuote>) => {
    for (const id of [11, 12, 13, 14]) book.quote(quoteOf(id, said));
  };
  const GOOD = { bid: 10, ask: 11, last: 10, openInterest: 50 };
  const ZERO = { bid: 0, ask: 0, last: 0, openInterest: 0 };

  it('late, duplicate and crossed ones are counted', () => {
    const { book, at } = bookOf();
    at(0);
    book.quote(quoteOf(11, { ...GOOD, at: NOW }));
    book.quote(quoteOf(11, { ...GOOD, at: NOW }));
    book.quote(quoteOf(11, { ...GOOD, at: NOW - 1 }));
    book.quote(quoteOf(12, { bid: 3, ask: 2 }));
    expect(book.counts).toMatchObject({ taken: 2, duplicate: 1, late: 1, crossed: 1 });
    at(1000);
    expect(book.watchdogs(1500)).toEqual([
      { kind: 'crossed', product: 'NIFTY', forMs: 500, detail: 'a bid was above its ask' },
    ]);
  });

  it('of a venue whose clock was ahead once are taken again after a while', () => {
    const { book, at } = bookOf();
    const ahead = NOW + 86_400_000;
    book.quote(quoteOf(1, { last: 24_000, at: ahead }));
    book.quote(quoteOf(11, { bid: 10, at: ahead }));
    for (const ms of [0, 299_000]) {
      at(ms);
      book.quote(quoteOf(1, { last: 24_100, at: NOW + ms }));
      book.quote(quoteOf(11, { bid: 12, at: NOW + ms }));
    }
    expect(book.counts.late).toBe(4);
    expect(book.spotOf('NIFTY')).toBe(24_000);
    at(300_000);
    book.quote(quoteOf(1, { last: 24_200, at: NOW + 300_000 }));
    book.quote(quoteOf(11, { bid: 13, at: NOW + 300_000 }));
    expect(book.spotOf('NIFTY')).toBe(24_200);
    expect(cells(at(300_250).chains[0], 'call_bid')).toEqual([13, Number.NaN]);
    book.quote(quoteOf(11, { bid: 14, at: NOW + 299_000 }));
    expect(book.counts.late).toBe(5);
  });

  it('a late one changes neither its contract nor the spot', () => {
    const { book } = bookOf();
    book.quote(quoteOf(11, { ...GOOD, at: NOW, spot: 24_010 }));
    book.quote(quoteOf(11, { ...GOOD, at: NOW - 1, spot: 24_000 }));
    expect(book.spotOf('NIFTY')).toBe(24_010);
  });

  it('zeros of a complete expiry at once are not taken, until it is quoted again', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    all(book, ZERO);
    for (let ms = 1000; ms < 60_000; ms += 1000) {
      all(book, ZERO);
      expect(at(ms).chains).toEqual([]);
    }
    expect(kinds(book)).toContain('zero');
    all(book, { ...GOOD, bid: 9 });
    expect(cells(at(61_000).chains[0], 'call_open_interest')).toEqual([50, 50]);
    expect(kinds(book)).not.toContain('zero');
    expect(book.counts.zero).toBe(240);
  });

  it('one contract that falls to 0 is taken once others are quoted for a while', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    book.quote(quoteOf(11, ZERO));
    for (let ms = 500; ms <= 6000; ms += 500) {
      for (const id of [12, 13, 14]) book.quote(quoteOf(id, { ...GOOD, bid: ms / 1000 }));
      const [chain] = at(ms).chains;
      expect(cells(chain, 'call_bid')[0]).toBe(ms < 5000 ? 10 : 0);
    }
    expect(kinds(book)).toEqual([]);
  });

  it('open interest that falls to 0 everywhere is carried, and flagged', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    all(book, { ...GOOD, bid: 9, openInterest: 0 });
    const [chain] = at(1000).chains;
    expect(chain.quality).toEqual(['open_interest_carried']);
    expect(cells(chain, 'put_open_interest')).toEqual([50, 50]);
    expect(cells(chain, 'put_bid')).toEqual([9, 9]);
    expect(kinds(book)).toEqual(['oi_zero']);
    all(book, { ...GOOD, openInterest: 51 });
    expect(at(2000).chains[0].quality).toEqual([]);
    expect(kinds(book)).toEqual([]);
  });

  it('open interest of one contract that falls to 0 is taken once others have theirs, and no chain is flagged', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    book.quote(quoteOf(11, { ...GOOD, bid: 9, openInterest: 0 }));
    for (let ms = 250; ms <= 6000; ms += 250) {
      const [chain] = at(ms).chains;
      expect(chain.quality).toEqual([]);
      expect(kinds(book)).toEqual([]);
      expect(cells(chain, 'call_open_interest')).toEqual([ms < 5000 ? 50 : 0, 50]);
      for (const id of [12, 13, 14]) book.quote(quoteOf(id, { ...GOOD, bid: ms / 1000 }));
    }
  });

  it('open interest that falls to 0 where no other contract has any is carried, and flagged', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(11, GOOD));
    for (const id of [12, 13, 14]) book.quote(quoteOf(id, { ...GOOD, openInterest: 0 }));
    at(0);
    book.quote(quoteOf(11, { ...GOOD, bid: 9, openInterest: 0 }));
    expect(at(1000).chains[0].quality).toEqual(['open_interest_carried']);
  });

  it('open interest at 0 after a reconnect is carried while others have theirs', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    book.reconnected([11, 12, 13, 14]);
    all(book, GOOD);
    book.quote(quoteOf(11, { ...GOOD, openInterest: 0 }));
    for (let ms = 1000; ms < 20_000; ms += 1000) {
      book.quote(quoteOf(12, { ...GOOD, openInterest: 50 + ms }));
      const [chain] = at(ms).chains;
      expect(chain.quality).toEqual(['open_interest_carried']);
      expect(cells(chain, 'call_open_interest')[0]).toBe(50);
    }
  });

  it('a chain is partial until most of its contracts are quoted again after a reconnect', () => {
    const { book, at } = bookOf();
    all(book, GOOD);
    at(0);
    book.reconnected([11, 12, 13, 14]);
    book.quote(quoteOf(11, { ...GOOD, bid: 9 }));
    expect(at(1000).chains[0].quality).toEqual(['partial']);
    expect(kinds(book)).toEqual(['partial']);
    all(book, { ...GOOD, bid: 8 });
    expect(at(2000).chains[0].quality).toEqual([]);
  });

  it('a chain stays complete where the connection of few of its contracts was made anew', () => {
    const more = [24_200, 24_300].flatMap((strike, i) => [
      optionOf(20 + i, strike, 'call'),
      optionOf(30 + i, strike, 'put'),
    ]);
    const { book, at } = bookOf([...INSTRUMENTS, ...more]);
    for (const id of [11, 12, 13, 14, 20, 21, 30, 31]) book.quote(quoteOf(id, GOOD));
    at(0);
    book.reconnected([11, 1, 'nobody']);
    book.quote(quoteOf(12, { ...GOOD, bid: 9 }));
    expect(at(1000).chains[0].quality).toEqual([]);
    book.reconnected([13]);
    book.quote(quoteOf(12, { ...GOOD, bid: 8 }));
    expect(at(2000).chains[0].quality).toEqual(['partial']);
  });

  it('a volume that falls in a session is flagged, not that of a new session or of 24 hours', () => {
    for (const volume of ['session', 'rolling'] as const) {
      const { book, at } = bookOf(INSTRUMENTS, volume);
      all(book, { ...GOOD, volume: 9 });
      at(0);
      all(book, { ...GOOD, volume: 8 });
      expect(at(1000).chains[0].quality).toEqual(volume === 'session' ? ['volume_regressed'] : []);
      expect(book.counts.volume_back).toBe(volume === 'session' ? 4 : 0);
      at(2000);
      expect(kinds(book)).toEqual(volume === 'session' ? ['volume_back'] : []);
      all(book, { ...GOOD, volume: 1 });
      expect(at(86_400_000).chains[0].quality).toEqual([]);
    }
  });

  it('an underlying at 0 keeps its last price', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(1, { last: 24_000 }));
    all(book, GOOD);
    at(0);
    book.quote(quoteOf(1, { last: 0 }));
    book.quote(quoteOf(11, { bid: 9, spot: 0 }));
    expect(at(1000)).toMatchObject({ chains: [{ spot: 24_000 }], ticks: [] });
    expect(kinds(book)).toEqual(['spot_zero']);
    book.quote(quoteOf(1, { last: 24_001, at: NOW }));
    book.quote(quoteOf(1, { last: 24_002, at: NOW - 1 }));
    expect(at(2000).ticks[0].price).toBe(24_001);
    expect(kinds(book)).toEqual([]);
  });

  it('delayed quotes are of their own time, and their session begins and repeats with it', () => {
    const delayed = { intervalMs: () => 120_000, delayMs: 900_000 };
    const { book, at } = bookOf(INSTRUMENTS, 'session', delayed);
    /** A page as it is seen so many ms after the opening of the NSE. */
    const page = (ms: number, last: number) => {
      const quotedAt = OPENS_AT + ms - delayed.delayMs;
      book.quote(quoteOf(1, { last, at: quotedAt }));
      all(book, { ...GOOD, last: last / 1000, at: quotedAt });
    };
    const seen = (ms: number) => at(OPENS_AT - NOW + ms);
    page(0, 24_000);
    seen(0);
    // The quotes of before the opening are repeated until those of after it are there.
    for (let ms = 60_000; ms <= 900_000; ms += 60_000) {
      page(0, 24_000);
      seen(ms);
      expect(kinds(book), `${ms} ms`).toEqual([]);
    }
    page(900_000, 24_001);
    const { chains, ticks } = seen(900_000);
    expect([chains[0].timestamp, ticks[0].timestamp]).toEqual([OPENS_AT, OPENS_AT]);
    expect(chains[0].quality).toEqual([]);
    seen(900_000 + 360_000);
    expect(kinds(book)).toEqual([]);
    seen(900_000 + 360_001);
    expect(kinds(book)).toEqual(['stall']);
  });

  it('prices that move again and again on a day without a session are told', () => {
    const { book } = bookOf();
    const saturday = Date.UTC(2026, 7, 22, 6);
    const spotAt = (ms: number, last: number) => {
      book.quote(quoteOf(1, { last }));
      book.check(saturday + ms, ms);
    };
    // What a venue repeats of the session before, and corrects, is no session.
    spotAt(1000, 24_000);
    spotAt(2000, 24_001);
    spotAt(3000, 24_002);
    expect(kinds(book)).toEqual([]);
    spotAt(4000, 24_003);
    expect(book.watchdogs(4000)).toMatchObject([
      { kind: 'unexpected_session', detail: expect.stringContaining('moves on 2026-08-22') },
    ]);
    book.check(saturday + 64_000, 64_000);
    expect(kinds(book)).toEqual([]);
  });

  it('an underlying that is followed for itself alone may be silent', () => {
    const { book, at } = bookOf([underlyingOf(1)]);
    at(0);
    at(120_000);
    expect(kinds(book)).toEqual([]);
  });

  it('silence, repeated quotes and a spot that stands still are seen while the market is open', () => {
    const { book, at } = bookOf();
    book.quote(quoteOf(1, { last: 24_000 }));
    all(book, GOOD);
    at(0);
    at(15_000);
    expect(kinds(book)).toEqual([]);
    at(15_001);
    expect(book.watchdogs(16_001)).toMatchObject([{ kind: 'stall', product: 'NIFTY', forMs: 1000 }]);
    for (let ms = 16_000; ms <= 61_000; ms += 1000) {
      all(book, GOOD);
      at(ms);
    }
    expect(kinds(book)).toEqual(['frozen']);
    for (let ms = 62_000; ms <= 91_000; ms += 1000) {
      all(book, { ...GOOD, bid: ms / 10_000 });
      at(ms);
    }
    expect(kinds(book)).toEqual(['spot_frozen']);
    all(book, GOOD);
    expect(at(92_000).chains[0].quality).toEqual(['spot_frozen']);
    at(8 * 3_600_000);
    expect(kinds(book)).toEqual([]);
  });
});
