import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { InstrumentId } from '../instrument.ts';
import { chainSaying, EXPIRY, EXPIRY_AT, sourceOf, tickSaying } from './chains.fixture.ts';
import type { UnnamedInstrument } from './market-board.ts';
import { marketOf } from './simulated-market.ts';

const FROM = Date.UTC(2026, 0, 20, 8);
const idOf = (instrument: UnnamedInstrument): string => {
  const { kind, listing } = instrument;
  if (kind === 'underlying') return listing.symbol;
  if (kind === 'future') return `${listing.symbol} ${instrument.expiry}`;
  return `${listing.symbol} ${instrument.expiry} ${instrument.strike} ${instrument.side}`;
};
const CALL = `BTC ${EXPIRY} 90000 call`;
const PUT = `BTC ${EXPIRY} 90000 put`;

function chains() {
  const at = (timestamp: number, bid: number) =>
    chainSaying({
      timestamp,
      spot: 91_000,
      future: 91_500,
      strikes: { 90000: [{ bid, ask: 3000, open_interest: 12 }, { last: 1500 }], 95000: [{}, { bid: 10 }] },
    });
  return [at(FROM, 2900), at(FROM + 1000, 2950), at(FROM + 3000, 2960)];
}

function followed(market: { follow(changed: (ids: readonly InstrumentId[]) => void): () => void }) {
  const told: (readonly InstrumentId[])[] = [];
  market.follow((ids) => told.push([...ids].sort()));
  return told;
}

describe('a market of a source', () => {
  it('lists a contract per quote, the underlying, and the future', async () => {
    const market = await marketOf(sourceOf(chains()), { idOf });
    const listed = market.list.instruments.map(({ id }) => id).sort();
    expect(listed).toEqual(['BTC', `BTC ${EXPIRY}`, CALL, PUT, `BTC ${EXPIRY} 95000 put`].sort());
    expect(market.list.instruments.find(({ id }) => id === CALL)).toMatchObject({
      kind: 'option',
      expiry: EXPIRY,
      expiresAt: EXPIRY_AT,
      strike: 90_000,
      side: 'call',
      lotSize: 1,
      listing: { symbol: 'BTC', exchange: 'DERIBIT', priceTick: 0.0001 },
    });
    expect(market.quoteOf(CALL)).toMatchObject({
      at: FROM,
      complete: true,
      bid: 2900,
      openInterest: 12,
      spot: 91_000,
    });
    expect(market.quoteOf(CALL)?.last).toBeNaN();
    expect(market.quoteOf('BTC')?.last).toBe(91_000);
    expect(market.quoteOf(`BTC ${EXPIRY}`)?.last).toBe(91_500);
    expect(market.quoteOf('ETH')).toBeNull();
  });

  it('leaves out what the venue has no name for', async () => {
    const market = await marketOf(sourceOf(chains()), {
      idOf: (each) => (each.kind === 'option' ? idOf(each) : null),
    });
    expect(market.list.instruments.every(({ kind }) => kind === 'option')).toBe(true);
    expect(market.quoteOf('BTC')).toBeNull();
  });

  it('goes on by one instant, and tells what changed', async () => {
    const other = chainSaying({
      product: 'ETH',
      timestamp: FROM + 1000,
      strikes: { 3000: [{ bid: 5 }, {}] },
    });
    const [first, second, third] = chains();
    const market = await marketOf(sourceOf([first, second, other, third]), { idOf });
    const told = followed(market);
    expect(await market.step()).toBe(true);
    expect(told).toEqual([[CALL, `ETH ${EXPIRY} 3000 call`]]);
    expect(market.instant).toBe(FROM + 1000);
    expect(market.quoteOf(CALL)).toMatchObject({ at: FROM + 1000, bid: 2950 });
    expect(market.quoteOf(PUT)?.at).toBe(FROM);
    expect(await market.step()).toBe(true);
    expect(await market.step()).toBe(false);
    expect(market.quoteOf(CALL)?.bid).toBe(2960);
  });

  it('takes the price of ticks, and ends contracts that ceased', async () => {
    const late = tickSaying({ product: 'BTC', timestamp: EXPIRY_AT, price: 92_000 });
    const market = await marketOf(sourceOf([chains()[0], chains()[0], late]), { idOf });
    const told = followed(market);
    await market.step();
    await market.step();
    expect(market.quoteOf('BTC')?.last).toBe(92_000);
    expect(market.quoteOf(CALL)).toBeNull();
    expect(market.list.instruments.map(({ id }) => id)).toEqual(['BTC']);
    expect(told.at(-1)).toContain(CALL);
  });

  it('counts what it cannot list', async () => {
    const strange = chainSaying({ product: 'NOSUCH', timestamp: FROM, strikes: { 10: [{ bid: 1 }, {}] } });
    const market = await marketOf(sourceOf([strange]), { idOf });
    expect([...market.list.rejected]).toEqual([['NOSUCH is not a known product: name its exchange', 1]]);
    const named = await marketOf(sourceOf([strange]), { idOf, exchange: 'NSE' });
    expect(named.list.instruments).toHaveLength(1);
  });

  it('closes its source once', async () => {
    const source = sourceOf(chains());
    const market = await marketOf(source, { idOf });
    await Promise.all([market.close(), market.close()]);
    expect(source.isClosed).toBe(true);
    expect(await market.step()).toBe(true); // What was read ahead.
    expect(await market.step()).toBe(false);
  });
});

describe('a market of the present', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('moves expiries by days, and stamps quotes with the present', async () => {
    const days = 300;
    vi.setSystemTime(FROM + days * 86_400_000 - 5000);
    const market = await marketOf(sourceOf(chains()), { idOf, now: Date.now });
    const option = market.list.instruments.find(({ kind }) => kind === 'option');
    expect(option).toMatchObject({ expiry: '2026-11-26', expiresAt: Date.UTC(2026, 10, 26, 8) });
    expect(market.quoteOf('BTC')?.at).toBe(Date.now());
  });

  it('plays as fast as it is told, to the end', async () => {
    vi.setSystemTime(FROM);
    const market = await marketOf(sourceOf(chains()), { idOf, now: Date.now });
    const told = followed(market);
    const played = market.play(2);
    await vi.advanceTimersByTimeAsync(499);
    expect(told).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(2);
    expect(told).toEqual([[CALL]]);
    expect(market.quoteOf(CALL)?.at).toBe(FROM + 500);
    await vi.advanceTimersByTimeAsync(1000);
    await played;
    expect(told).toHaveLength(2);
  });

  it('stops playing when it is closed', async () => {
    vi.setSystemTime(FROM);
    const market = await marketOf(sourceOf(chains()), { idOf, now: Date.now });
    const told = followed(market);
    const played = market.play(1);
    await vi.advanceTimersByTimeAsync(10);
    await market.close();
    await played;
    expect(told).toEqual([]);
  });
});
