import { column } from '@deltastream/contracts';
import { describe, expect, it } from 'vitest';
import type { Instrument } from '../instrument.ts';
import type { Selection, Venue } from '../venue.ts';
import { createChainBook } from './chain-book.ts';
import {
  EXPIRES_AT,
  EXPIRY,
  futureOf,
  NOW,
  optionOf,
  quoteOf,
  TIMES,
  underlyingOf,
} from './instruments.fixture.ts';

const WEEK_MS = 7 * 86_400_000;
const NEXT = { expiry: '2026-09-01', expiresAt: EXPIRES_AT + WEEK_MS };

/** Ten strikes of two expiries: ids 0 to 19 and 100 to 119, calls before puts. */
function listed(count = 10): Instrument[] {
  const options = (from: number, more: object) =>
    Array.from({ length: 2 * count }, (_, i) =>
      optionOf(from + i, 24_000 + 100 * (i % count), i < count ? 'call' : 'put', more),
    );
  return [...options(0, {}), ...options(100, NEXT), underlyingOf(500), futureOf(501)];
}

function bookOf(selection: Partial<Selection> = {}, instruments = listed()) {
  const venue = { name: 'kite', volume: 'session' } as Venue;
  let nowMs = 0;
  const clock = { now: () => NOW + nowMs, monotonicMs: () => nowMs };
  const chosen: Selection = { products: ['NIFTY'], expiries: 'all', strikes: 'all', ...selection };
  const book = createChainBook({ venue, selection: chosen }, { clock, times: TIMES });
  const list = (all: Instrument[]) => book.list({ asOf: NOW, instruments: all, rejected: new Map() });
  list(instruments);
  const idsAt = (now: number) => book.followed(now).map(({ id }) => id);
  return { book, list, idsAt, pass: (ms: number) => (nowMs += ms) };
}

describe('what is followed of a venue', () => {
  it('is all of the products, by expiry and strike, and the same array while nothing changes', () => {
    const { book } = bookOf({}, [
      ...listed(1),
      optionOf(900, 5, 'call', { listing: { ...underlyingOf(1).listing, symbol: 'X' } }),
    ]);
    const first = book.followed(NOW);
    expect(first.map(({ id }) => id)).toEqual([0, 1, 100, 101]);
    expect(book.followed(NOW + 1000)).toBe(first);
  });

  it('is the nearest expiries, and the next one when one ceases', () => {
    const { idsAt } = bookOf({ expiries: 1 }, listed(1));
    expect(idsAt(NOW)).toEqual([0, 1]);
    expect(idsAt(EXPIRES_AT)).toEqual([100, 101]);
    expect(idsAt(EXPIRES_AT + WEEK_MS)).toEqual([]);
  });

  it('is a window about the forward, which moves with it', () => {
    const { book, idsAt } = bookOf({ strikes: 1, expiries: 1 });
    expect(idsAt(NOW)).toHaveLength(20);
    book.quote(quoteOf(500, { last: 24_210 }));
    expect(idsAt(NOW)).toEqual([1, 11, 2, 12, 3, 13]);
    book.quote(quoteOf(501, { last: 24_290 }));
    expect(idsAt(NOW)).toEqual([2, 12, 3, 13, 4, 14]);
    const held = book.followed(NOW);
    book.quote(quoteOf(501, { last: 24_240 }));
    expect(book.followed(NOW)).toBe(held);
    book.quote(quoteOf(11, { bid: 1 }));
    expect(book.counts.foreign).toBe(1);
  });

  it('keeps quotes and windows over a newer list', () => {
    const { book, list, idsAt } = bookOf({ strikes: 1, expiries: 1 });
    book.followed(NOW);
    book.quote(quoteOf(501, { last: 24_240 }));
    book.followed(NOW);
    book.quote(quoteOf(2, { bid: 7 }));
    book.quote(quoteOf(501, { last: 24_260 }));
    list([...listed(), optionOf(50, 24_250, 'call')]);
    expect(idsAt(NOW)).toEqual([2, 12, 50, 3, 13]);
    const [chain] = [...book.takeChains(NOW)];
    expect([...column(chain.columns, 'strike')]).toEqual([24_200, 24_250, 24_300]);
    expect([...column(chain.columns, 'call_bid')]).toEqual([7, Number.NaN, Number.NaN]);
  });

  it('knows that a name was given to another contract', () => {
    const { book, list } = bookOf({}, [optionOf(1, 24_000, 'call')]);
    book.followed(NOW);
    book.quote(quoteOf(1, { bid: 7 }));
    list([optionOf(1, 24_500, 'put', NEXT)]);
    book.followed(NOW);
    expect([...book.takeChains(NOW)]).toEqual([]);
    book.quote(quoteOf(1, { bid: 8 }));
    const [chain] = [...book.takeChains(NOW)];
    expect(chain).toMatchObject({ expiry: NEXT.expiry });
    expect([...column(chain.columns, 'put_bid')]).toEqual([8]);
  });

  it('leaves no strike of contracts whose names were given to others of their expiry', () => {
    const { book, list } = bookOf({}, [optionOf(1, 24_000, 'call'), optionOf(2, 24_100, 'call')]);
    book.followed(NOW);
    list([optionOf(1, 24_500, 'call'), optionOf(2, 24_600, 'call')]);
    book.followed(NOW);
    book.quote(quoteOf(1, { bid: 5 }));
    const [chain] = [...book.takeChains(NOW)];
    expect([...column(chain.columns, 'strike')]).toEqual([24_500, 24_600]);
  });

  it('takes a new lot of a contract, and counts its amounts in those', () => {
    const { book, list } = bookOf({}, [optionOf(1, 24_000, 'call', { lotSize: 50 })]);
    book.followed(NOW);
    book.quote(quoteOf(1, { bid: 7, openInterest: 30 }));
    list([optionOf(1, 24_000, 'call', { lotSize: 75 })]);
    book.followed(NOW);
    const [chain] = [...book.takeChains(NOW)];
    expect(chain.lot_size).toBe(75);
    expect([...column(chain.columns, 'call_bid')]).toEqual([7]);
    expect([...column(chain.columns, 'call_open_interest')]).toEqual([20]);
  });

  it('follows an expiry again where a clock that was ahead is set back', () => {
    const { idsAt } = bookOf({ expiries: 1 }, listed(1));
    expect(idsAt(NOW)).toEqual([0, 1]);
    expect(idsAt(EXPIRES_AT)).toEqual([100, 101]);
    expect(idsAt(NOW)).toEqual([0, 1]);
  });
});

describe('chains of a venue', () => {
  it('are made when they are asked for, with the latest quotes', () => {
    const { book } = bookOf({}, listed(1));
    book.followed(NOW);
    book.quote(quoteOf(0, { bid: 1 }));
    book.quote(quoteOf(100, { bid: 1 }));
    const chains = book.takeChains(NOW)[Symbol.iterator]();
    expect(chains.next().value).toMatchObject({ expiry: EXPIRY });
    book.quote(quoteOf(100, { bid: 2 }));
    const second = chains.next().value;
    expect(second && [...column(second.columns, 'call_bid')]).toEqual([2]);
    expect([...book.takeChains(NOW)]).toEqual([]);
  });

  it('come with what is wrong', () => {
    const { book, pass } = bookOf();
    book.followed(NOW);
    expect([...book.takeChains(NOW)]).toEqual([]);
    expect(book.watchdogs()).toEqual([]);
    pass(TIMES.stallMs + 1);
    // Also while nobody takes chains.
    expect(book.watchdogs()).toMatchObject([{ kind: 'stall', product: 'NIFTY', forMs: 0 }]);
    pass(1000);
    expect(book.watchdogs()).toMatchObject([{ forMs: 1000 }]);
    book.quote(quoteOf(500, { last: 24_000 }));
    expect([...book.takeTicks()]).toMatchObject([{ product: 'NIFTY', price: 24_000 }]);
    expect([...book.takeTicks()]).toEqual([]);
  });
});
