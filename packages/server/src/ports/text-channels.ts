import type { Subscription } from './bus.ts';

/** A text to publish, and to keep by a key for those that come later. */
export interface TextMessage {
  readonly channel: string;
  readonly text: string;
  /** Where the text is kept, for `ttlMs`; without them nowhere. */
  readonly keys?: readonly string[];
  readonly ttlMs?: number;
}

/**
 * Channels of plain text that programs of others read and write, apart from the bus.
 *
 * Guarantees: those of a radio. Who is there hears a message; nothing is kept for who is not, and nobody is told that it was
 * heard. A connection that is lost comes back by itself, with its subscriptions.
 */
export interface TextChannels {
  /** Rejects with `unavailable` where the server cannot be reached. A handler never throws. */
  subscribe(
    channels: readonly string[],
    handler: (channel: string, text: string) => void,
  ): Promise<Subscription>;
  /** Resolves when the server has taken all of them; rejects when it did not answer in time. */
  send(messages: readonly TextMessage[]): Promise<void>;
  /** Why they cannot be used now, in words that may be shown to anyone; null while they can. */
  problem(): string | null;
  close(): Promise<void>;
}
