import type { LogEvent } from '@deltastream/contracts';
import type { WireAddress, WireMessage } from '../wire-protocol.ts';

/** As the clock of the platform: `now` in epoch ms may be set, `monotonicMs` only rises. */
export interface ConnectionClock {
  now(): number;
  monotonicMs(): number;
}

/** Where connections are logged. What is passed holds no credentials. */
export interface ConnectionLog {
  event(name: LogEvent, fields: object): void;
}

/** How a WebSocket came to its end; said once. `credentials`: the venue did not accept ours. */
export interface SocketEnding {
  readonly reason: string;
  readonly credentials?: boolean;
  readonly retryAfterMs?: number;
}

export interface SocketHandlers {
  opened(): void;
  message(message: WireMessage): void;
  /** A ping or pong: something was received that is no message. */
  alive(): void;
  ended(ending: SocketEnding): void;
}

/** A WebSocket as a session uses it. After `ended` or `close` no handler is called and nothing is sent. */
export interface WireSocket {
  send(message: WireMessage): void;
  ping(): void;
  /** Bytes that were sent and are not yet with the operating system. */
  buffered(): number;
  /** Ends it properly, after `withinMs` at once; resolves when it is closed. */
  close(withinMs: number): Promise<void>;
}

export type OpenSocket = (
  address: WireAddress,
  limits: { readonly maxMessageBytes: number; readonly connectMs: number },
  handlers: SocketHandlers,
) => WireSocket;

/** What connections are given. */
export interface ConnectionPorts {
  readonly clock: ConnectionClock;
  readonly log: ConnectionLog;
  /** At least 0, below 1. */
  readonly random: () => number;
  readonly openSocket: OpenSocket;
}
