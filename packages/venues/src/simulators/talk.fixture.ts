import { WebSocket } from 'ws';
import type { InstrumentId } from '../instrument.ts';
import { createInstrumentQuote, type InstrumentQuote, type QuoteSink } from '../meaning.ts';
import type { Venue } from '../venue.ts';
import type { WireAddress, WireEvent } from '../wire-protocol.ts';

/** One connection to a venue, by its own conversation, with what it said so far. */
export interface Talk extends AsyncDisposable {
  /** The newest of each instrument: of what is not complete, what is given. */
  readonly quotes: ReadonlyMap<InstrumentId, InstrumentQuote>;
  readonly states: ReadonlyMap<InstrumentId, string>;
  /** Subscriptions that were confirmed, in their order. */
  readonly confirmed: readonly InstrumentId[];
  /** Anything else that was said. */
  readonly events: readonly WireEvent[];
  readonly rejected: readonly string[];
  readonly isClosed: boolean;
  subscribe(ids: readonly InstrumentId[]): void;
  unsubscribe(ids: readonly InstrumentId[]): void;
}

/** Connects without pacing and without trying again. Rejects with the status of HTTP where the venue refuses. */
export async function talkTo(venue: Venue, at?: WireAddress): Promise<Talk> {
  const { wire } = venue;
  if (!wire) throw new Error(`${venue.name} has no WebSocket`);
  const { url, headers } = at ?? (await wire.address(AbortSignal.timeout(10_000)));
  const conversation = wire.converse();
  const socket = new WebSocket(url, { headers, followRedirects: true });
  const quotes = new Map<InstrumentId, InstrumentQuote>();
  const states = new Map<InstrumentId, string>();
  const confirmed: InstrumentId[] = [];
  const events: WireEvent[] = [];
  const rejected: string[] = [];
  const sink: QuoteSink = {
    quote(given) {
      const quote = quotes.get(given.id) ?? createInstrumentQuote();
      for (const [name, value] of Object.entries(given)) {
        if (given.complete || !Number.isNaN(value)) Object.assign(quote, { [name]: value });
      }
      quotes.set(given.id, quote);
    },
    state: (id, state) => states.set(id, state),
    listed: () => {},
    rejected: (rejection, reason) => rejected.push(`${rejection}: ${reason}`),
  };
  socket.on('message', (data: Buffer, isBinary) => {
    const said = conversation.receive(isBinary ? data : data.toString(), sink, (reply) => socket.send(reply));
    for (const event of said) {
      if (event.kind === 'subscribed') confirmed.push(...event.ids);
      else if (event.kind !== 'alive') events.push(event);
    }
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('unexpected-response', (_request, { statusCode }) => reject(new Error(`HTTP ${statusCode}`)));
    socket.once('error', reject);
  });
  for (const message of conversation.opened().send) socket.send(message);
  return {
    quotes,
    states,
    confirmed,
    events,
    rejected,
    get isClosed() {
      return socket.readyState === socket.CLOSED;
    },
    subscribe(ids) {
      for (const message of conversation.subscribe(ids)) socket.send(message);
    },
    unsubscribe(ids) {
      for (const message of conversation.unsubscribe(ids)) socket.send(message);
    },
    async [Symbol.asyncDispose]() {
      if (socket.readyState === socket.CLOSED) return;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.terminate();
      await closed;
    },
  };
}
