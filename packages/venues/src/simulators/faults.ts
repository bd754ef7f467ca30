import type { InstrumentId } from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote } from '../meaning.ts';
import type { WireMessage } from '../wire-protocol.ts';
import type { SimulatedMarket } from './simulator.ts';

/** The first half of a message. */
export function cutInHalf(message: WireMessage): WireMessage {
  const half = Math.floor(message.length / 2);
  return typeof message === 'string' ? message.slice(0, half) : message.subarray(0, half);
}

/** A quote in which the venue says 0 of everything that it says. */
function zeroedQuote(quote: InstrumentQuote): InstrumentQuote {
  const zero = (value: number) => (Number.isNaN(value) ? value : 0);
  const { id, at, complete } = quote;
  const zeroed = { ...createInstrumentQuote(), id, at, complete };
  for (const name of QUOTED) zeroed[name] = zero(quote[name]);
  return zeroed;
}

const QUOTED = [
  ...(['bid', 'ask', 'last', 'mark', 'bidSize', 'askSize', 'volume', 'openInterest'] as const),
  ...(['previousClose', 'forward', 'spot'] as const),
];

/** A market whose quotes are zeroed while `isZero` says so. */
export function zeroable(market: SimulatedMarket, isZero: () => boolean): SimulatedMarket {
  return {
    get list() {
      return market.list;
    },
    quoteOf: (id) => {
      const quote = market.quoteOf(id);
      return quote !== null && isZero() ? zeroedQuote(quote) : quote;
    },
    follow: (changed) => market.follow(changed),
  };
}

/** Up to `count` listed instruments that are not among those subscribed. */
export function unsubscribed(
  market: SimulatedMarket,
  subscribed: ReadonlyMap<InstrumentId, number>,
  count: number,
): InstrumentId[] {
  const found: InstrumentId[] = [];
  for (const { id } of market.list.instruments) {
    if (found.length === count) break;
    if (!subscribed.has(id)) found.push(id);
  }
  return found;
}
