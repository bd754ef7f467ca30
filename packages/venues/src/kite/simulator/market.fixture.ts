import { contractExpiry, listedOn } from '@deltastream/reference';
import type { Instrument, InstrumentId } from '../../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../../meaning.ts';
import type { SimulatedMarket, UnnamedInstrument } from '../../simulators/index.ts';
import { createKiteTokens } from './kite-names.ts';

/** Quotes that a test changes by hand. */
export interface HandMadeMarket extends SimulatedMarket {
  /** Token of the nth listed option, future or underlying. */
  token(kind: Instrument['kind'], n?: number): number;
  /** A quote is so from now on, and followers are told. */
  show(id: InstrumentId, fields: Partial<InstrumentQuote>): void;
}

/** NIFTY with calls and puts of one expiry at these strikes, their future and the index; lots of 65. */
export function handMadeMarket(strikes: readonly number[], expiry = '2026-12-29'): HandMadeMarket {
  const listing = { ...listedOn('NSE', 'NIFTY'), priceTick: 0.05 };
  const term = { listing, expiry, expiresAt: contractExpiry(listing, expiry) };
  const tokenOf = createKiteTokens();
  const instruments = [
    ...strikes.flatMap((strike) =>
      (['call', 'put'] as const).map((side) => ({
        kind: 'option' as const,
        ...term,
        strike,
        side,
        lotSize: 65,
      })),
    ),
    { kind: 'future' as const, ...term },
    { kind: 'underlying' as const, listing },
  ].map(
    (instrument: UnnamedInstrument) => ({ ...instrument, id: tokenOf(instrument) as number }) as Instrument,
  );
  const quotes = new Map(
    instruments.map(({ id }) => [id, { ...createInstrumentQuote(), id, complete: true }]),
  );
  const followers = new Set<(ids: readonly InstrumentId[]) => void>();
  return {
    list: { asOf: Date.now(), instruments, rejected: new Map() },
    quoteOf: (id) => quotes.get(id) ?? null,
    follow: (changed) => {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    token: (kind, n = 0) => instruments.filter((instrument) => instrument.kind === kind)[n].id as number,
    show(id, fields) {
      Object.assign(quotes.get(id) as InstrumentQuote, fields);
      for (const changed of followers) changed([id]);
    },
  };
}

/** The same, whose prices change twenty times a second while somebody follows it. */
export function movingMarket(strikes: readonly number[], expiry?: string): HandMadeMarket {
  const market = handMadeMarket(strikes, expiry);
  const ids = market.list.instruments.map(({ id }) => id);
  let step = 0;
  const move = () => {
    step++;
    for (const [i, id] of ids.entries()) {
      const last = 100 + i + (step % 10);
      const book = { bid: last - 0.5, ask: last + 0.5, bidSize: 1, askSize: 1 };
      market.show(id, { last, at: Date.now(), volume: step, openInterest: 10, previousClose: 100, ...book });
    }
  };
  move();
  return {
    ...market,
    follow(changed) {
      const unfollow = market.follow(changed);
      const timer = setInterval(move, 50);
      return () => {
        clearInterval(timer);
        unfollow();
      };
    },
  };
}
