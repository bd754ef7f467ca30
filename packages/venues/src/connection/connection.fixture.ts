import type { InstrumentId } from '../instrument.ts';
import { createInstrumentQuote, type QuoteSink } from '../meaning.ts';
import type { WireEvent, WireMessage, WireProtocol } from '../wire-protocol.ts';
import type { ConnectionPorts, SocketHandlers } from './ports.ts';

/** One WebSocket of a test: what was sent on it, and what the venue does. */
export interface ScriptedSocket {
  readonly url: string;
  readonly sent: WireMessage[];
  readonly handlers: SocketHandlers;
  pings: number;
  closed: boolean;
  unsent: number;
}

/** Time that a test moves with fake timers, no chance (the longest waits), and sockets that it holds the other end of. */
export function scriptedPorts() {
  const sockets: ScriptedSocket[] = [];
  const logged: string[] = [];
  const event = (name: string, fields: object) => logged.push(`${name} ${JSON.stringify(fields)}`);
  const ports: ConnectionPorts = {
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    log: { event },
    random: () => 1,
    openSocket: ({ url }, _limits, handlers) => {
      const sent: WireMessage[] = [];
      const socket: ScriptedSocket = { url, sent, handlers, pings: 0, closed: false, unsent: 0 };
      sockets.push(socket);
      return {
        send: (message) => sent.push(message),
        ping: () => {
          socket.pings++;
        },
        buffered: () => socket.unsent,
        close: async () => {
          socket.closed = true;
        },
      };
    },
  };
  return { ports, sockets, logged, last: () => sockets[sockets.length - 1] };
}

/**
 * A protocol of words: `sub a b`, `unsub a`; the venue says `ready`, `ok a b`, `quote a`, `no a`, `new a`, `alive`, `fail MS`, `denied`,
 * and `throw`.
 */
export function wordProtocol(
  limits: Partial<WireProtocol['limits']> = {},
  times: Partial<WireProtocol['times']> = {},
): WireProtocol {
  return {
    limits: {
      connections: 2,
      instrumentsPerConnection: 4,
      instrumentsPerMessage: 2,
      messagesPerSecond: 10,
      burst: 10,
      maxMessageBytes: 1_000,
      ...limits,
    },
    times: {
      silenceMs: 10_000,
      stallMs: 5_000,
      pingMs: 0,
      connectMs: 2_000,
      firstRetryMs: 100,
      lastRetryMs: 1_600,
      ...times,
    },
    address: async () => ({ url: 'ws://venue.test/feed?token=SECRET' }),
    converse: () => ({
      opened: () => ({ send: ['login'], ready: false }),
      subscribe: (ids) => [`sub ${ids.join(' ')}`],
      unsubscribe: (ids) => [`unsub ${ids.join(' ')}`],
      receive: (message, sink, reply) => read(String(message), sink, reply),
    }),
  };
}

function read(message: string, sink: QuoteSink, reply: (message: WireMessage) => void): WireEvent[] {
  const [word, ...ids] = message.split(' ');
  switch (word) {
    case 'ready':
      return [{ kind: 'ready' }];
    case 'ok':
      return [{ kind: 'subscribed', ids }];
    case 'no':
      return [{ kind: 'refused', ids, reason: 'not listed' }];
    case 'quote':
      for (const id of ids) sink.quote({ ...createInstrumentQuote(), id });
      return [];
    case 'new':
      for (const id of ids) sink.listed(id);
      return [];
    case 'fail':
      return [{ kind: 'failed', reason: 'told to go', retryAfterMs: Number(ids[0]) }];
    case 'denied':
      return [{ kind: 'credentials', reason: 'token expired' }];
    case 'throw':
      throw new Error('a decoder that breaks its promise');
    case 'test':
      reply('answer');
      return [{ kind: 'alive' }];
    default:
      sink.rejected('bad_value', `no such word ${word}`);
      return [];
  }
}

export interface NotedSink extends QuoteSink {
  readonly quoted: InstrumentId[];
}

export function notedSink(): NotedSink {
  const quoted: InstrumentId[] = [];
  return {
    quoted,
    quote: ({ id }) => quoted.push(id),
    state: () => undefined,
    listed: () => undefined,
    rejected: () => undefined,
  };
}
