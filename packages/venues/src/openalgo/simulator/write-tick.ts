import type { InstrumentQuote } from '../../meaning.ts';
import { namesOf } from '../symbols.ts';

/** Whose data OpenAlgo passes on: each broker's ticks and chains have a fault, or a lack, of their own. */
export type Broker = 'zerodha' | 'dhan' | 'upstox';

/** The numbers in messages. */
export const MODES = { LTP: 1, Quote: 2, Depth: 3 } as const;
export type Mode = keyof typeof MODES;

export interface TickTerms {
  readonly mode: Mode;
  readonly broker: Broker;
  /** Units per contract. */
  readonly lot: number;
  /** Indices have no book. */
  readonly isIndex: boolean;
}

const LEVELS = 5;

/** A tick as OpenAlgo sends it; a number that there is none of is 0. */
export function tickMessage(quote: InstrumentQuote, { mode, broker, lot, isIndex }: TickTerms): string {
  const { symbol, exchange } = namesOf(quote.id);
  const units = (contracts: number) => Math.round(orZero(contracts) * lot);
  const at = orZero(quote.at);
  const names = broker === 'dhan' ? {} : { symbol, exchange };
  const prices = { ltp: orZero(quote.last), ltt: mode === 'Depth' ? Math.floor(at / 1000) : at };
  // What `close` is differs by broker: with Dhan it is 0 until the session is over.
  const close = broker === 'dhan' ? 0 : orZero(quote.previousClose);
  const session = { volume: units(quote.volume), ...{ open: 0, high: 0, low: 0, close } };
  const data = {
    ...names,
    ...prices,
    timestamp: at,
    ...(mode !== 'LTP' && session),
    ...(mode === 'Depth' && !isIndex && bookOf(quote, broker, units)),
  };
  return JSON.stringify({ type: 'market_data', symbol, exchange, mode: MODES[mode], data, broker });
}

function bookOf(quote: InstrumentQuote, broker: Broker, units: (contracts: number) => number): object {
  const orders = broker === 'upstox' ? 0 : 1;
  const side = (price: number, size: number) => [
    { price: orZero(price), quantity: units(size), orders: price > 0 ? orders : 0 },
    ...Array.from({ length: LEVELS - 1 }, () => ({ price: 0, quantity: 0, orders: 0 })),
  ];
  return {
    // Of Zerodha it is read from the place of the fifth ask.
    ...(broker === 'zerodha' && { oi: 65_537, open_interest: 65_537 }),
    ...(broker === 'dhan' && { oi: units(quote.openInterest) }),
    depth: { buy: side(quote.bid, quote.bidSize), sell: side(quote.ask, quote.askSize) },
  };
}

export const orZero = (value: number | undefined): number =>
  value === undefined || Number.isNaN(value) ? 0 : value;
