import type { ConnectionClock } from '../connection/index.ts';
import type { InstrumentId, InstrumentList } from '../instrument.ts';
import type { QuoteSink } from '../meaning.ts';
import type { WireConversation, WireMessage, WireProtocol } from '../wire-protocol.ts';
import { type RawEvent, type RawHead, type RawMarket, rawHead, rawRecord } from './raw-records.ts';
import { createSecrets, type Secrets } from './secrets.ts';

/**
 * Keeps what a live source receives, and when its chain books were asked for what, so that the same chains can be made of it
 * again. Books go by its clock, which stands where it stood at what was kept last: it is the one that is in the file.
 */
export interface RawTap {
  readonly clock: ConnectionClock;
  /** Said once, before anything else. */
  begin(head: Pick<RawHead, 'epoch' | 'source'>): void;
  /** The WebSocket of a market, of which what is received is kept, without credentials. */
  protocolOf(market: number, protocol: WireProtocol): WireProtocol;
  list(market: number, list: InstrumentList): void;
  /** What comes of requests over HTTP, on its way to the sink. */
  polled(market: number, sink: QuoteSink): QuoteSink;
  /** What is told of a WebSocket that is back. */
  reconnecting(market: number, told: Reconnected): Reconnected;
  asked(market: number, what: 'followed' | 'checked'): void;
  taking(): void;
  taken(): void;
  /** What a file begins with. */
  head(): Uint8Array[];
  /** A record for so many that had no room. */
  lost(count: number): Uint8Array[];
}

type Reconnected = (ids: Iterable<InstrumentId>) => void;

/** @param write takes a record; it does not wait */
export function createRawTap(
  markets: readonly RawMarket[],
  clock: ConnectionClock,
  write: (parts: readonly Uint8Array[]) => void,
): RawTap {
  let now = clock.now();
  let nowMs = clock.monotonicMs();
  const began = { at: now, monotonicMs: nowMs };
  let connections = 0;
  let run: Pick<RawHead, 'epoch' | 'source'> = { epoch: '', source: '' };

  const record = (market: number, event: RawEvent) =>
    rawRecord({ at: now, monotonicMs: nowMs, market, event });

  function note(market: number, event: RawEvent): void {
    now = clock.now();
    nowMs = clock.monotonicMs();
    write(record(market, event));
  }

  function kept(
    market: number,
    connection: number,
    conversation: WireConversation,
    secrets: Secrets,
  ): WireConversation {
    const sent = (messages: readonly WireMessage[]) => {
      for (const message of messages) secrets.sent(message);
      return messages;
    };
    return {
      opened() {
        note(market, { kind: 'opened', connection });
        const opened = conversation.opened();
        sent(opened.send);
        return opened;
      },
      subscribe(ids) {
        note(market, { kind: 'subscribe', connection, ids });
        return sent(conversation.subscribe(ids));
      },
      unsubscribe(ids) {
        note(market, { kind: 'unsubscribe', connection, ids });
        return sent(conversation.unsubscribe(ids));
      },
      receive(message, sink, reply) {
        note(market, { kind: 'message', connection, message: secrets.without(message) });
        return conversation.receive(message, sink, (answer) => {
          secrets.sent(answer);
          reply(answer);
        });
      },
    };
  }

  return {
    clock: { now: () => now, monotonicMs: () => nowMs },
    begin: (said) => {
      run = said;
    },
    protocolOf(market, protocol) {
      const secrets = createSecrets();
      return {
        ...protocol,
        async address(signal) {
          const address = await protocol.address(signal);
          secrets.connecting(address);
          return address;
        },
        converse: () => kept(market, ++connections, protocol.converse(), secrets),
      };
    },
    list: (market, list) => note(market, { kind: 'list', list }),
    polled: (market, sink) => ({
      quote(quote) {
        note(market, { kind: 'quote', quote });
        sink.quote(quote);
      },
      state(id, state, at) {
        note(market, { kind: 'state', id, state, at });
        sink.state(id, state, at);
      },
      completes: (id, by) => note(market, { kind: 'completes', id, by }),
      listed: sink.listed,
      rejected: sink.rejected,
    }),
    reconnecting: (market, told) => (ids) => {
      const all = [...ids];
      note(market, { kind: 'reconnected', ids: all });
      told(all);
    },
    asked: (market, what) => note(market, { kind: what }),
    taking: () => note(0, { kind: 'taking' }),
    taken: () => note(0, { kind: 'taken' }),
    head: () => [rawHead({ markets, ...began, ...run })],
    lost: (count) => record(0, { kind: 'lost', count }),
  };
}
