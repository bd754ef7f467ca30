import { parseJson } from '@deltastream/recordings/cells';
import type { Instrument, InstrumentId } from '../instrument.ts';
import type { InstrumentQuote } from '../meaning.ts';
import {
  type SimulatedConversation,
  type SimulatedMarket,
  type SimulatedPeer,
  type Simulator,
  startVenueServer,
  type UnnamedInstrument,
} from '../simulators/index.ts';
import { EXAMPLE_LIMITS } from './venue.ts';

export interface ExampleSimulatorOptions {
  /** The only key that is accepted. */
  readonly apiKey: string;
  /** A free one by default. */
  readonly port?: number;
  /** Time between two heartbeats, ms; 5 s by default. */
  readonly heartbeatMs?: number;
}

/** What Example calls an instrument. It lists no futures. */
export function exampleId(instrument: UnnamedInstrument): InstrumentId | null {
  const { symbol } = instrument.listing;
  if (instrument.kind === 'underlying') return symbol;
  if (instrument.kind === 'future') return null;
  return [symbol, instrument.expiry, instrument.strike, instrument.side].join('-');
}

/** Example on this machine. Its market has the ids of `exampleId`. */
export function createExampleSimulator(
  market: SimulatedMarket,
  { apiKey, port, heartbeatMs = 5_000 }: ExampleSimulatorOptions,
): Promise<Simulator> {
  return startVenueServer({
    market,
    port,
    limits: EXAMPLE_LIMITS,
    venue: {
      respond({ url, headers, market: present, tokenExpired }) {
        if (url.pathname !== '/instruments') return { status: 404 };
        if (tokenExpired || headers.authorization !== `Bearer ${apiKey}`) return { status: 401 };
        return { status: 200, body: JSON.stringify({ instruments: present.list.instruments.map(rowOf) }) };
      },
      connect({ url, tokenExpired }) {
        if (url.pathname !== '/stream') return { status: 404 };
        return (peer) => converse(peer, (key) => !tokenExpired && key === apiKey, heartbeatMs);
      },
    },
  });
}

function converse(
  peer: SimulatedPeer,
  isAccepted: (key: unknown) => boolean,
  heartbeatMs: number,
): SimulatedConversation {
  let isLoggedIn = false;
  const say = (message: object) => peer.send(JSON.stringify(message));

  function refuse(code: string): void {
    say({ type: 'error', code });
    peer.close(1008, code);
  }

  function subscribe(symbols: readonly InstrumentId[]): void {
    const isListed = (id: InstrumentId) => peer.market.quoteOf(id) !== null;
    const listed = symbols.filter(isListed);
    const unknown = symbols.filter((id) => !isListed(id));
    if (unknown.length > 0) say({ type: 'unknown', symbols: unknown });
    if (!peer.subscribe(listed)) return void refuse('too_many');
    say({ type: 'subscribed', symbols: listed });
    peer.push(listed);
  }

  return {
    receive(message) {
      const { login, subscribe: added, unsubscribe: removed } = parseJson(String(message));
      if (!isLoggedIn) {
        if (!isAccepted(login)) return void refuse('key');
        isLoggedIn = true;
        say({ type: 'welcome' });
        peer.heartbeatEvery(heartbeatMs);
      }
      if (Array.isArray(added)) subscribe(added);
      if (Array.isArray(removed)) peer.unsubscribe(removed);
    },
    quotes: (quotes) => quotes.map((quote) => JSON.stringify(messageOf(quote))),
    heartbeat: () => [JSON.stringify({ type: 'heartbeat' })],
    expired: () => ({ send: [JSON.stringify({ type: 'error', code: 'key' })], code: 1008, reason: 'key' }),
  };
}

/** JSON has no NaN: what is not there is null. */
function messageOf(quote: InstrumentQuote): object {
  const {
    id: symbol,
    at: time,
    bid,
    ask,
    last,
    bidSize,
    askSize,
    volume,
    openInterest,
    previousClose,
  } = quote;
  const prices = { bid, ask, last, previousClose };
  return { type: 'quote', symbol, time, ...prices, bidSize, askSize, volume, openInterest };
}

function rowOf(instrument: Instrument): object {
  const { id: symbol, listing } = instrument;
  if (instrument.kind !== 'option') return { symbol, product: listing.symbol, type: 'index' };
  const { expiry, strike, side, lotSize: lot } = instrument;
  return {
    symbol,
    product: listing.symbol,
    type: 'option',
    expiry,
    strike,
    side,
    lot,
    tick: listing.priceTick,
  };
}
