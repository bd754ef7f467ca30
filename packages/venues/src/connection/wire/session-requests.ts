import type { WireConversation, WireLimits, WireMessage } from '../../wire-protocol.ts';
import { endingOf } from '../failures/failure.ts';
import { createPacing } from '../pacing.ts';
import type { ConnectionClock, SocketEnding, WireSocket } from '../ports.ts';
import type { SubscriptionList } from './subscription-list.ts';

export interface SessionRequestsOptions {
  readonly socket: WireSocket;
  readonly conversation: WireConversation;
  /** What is wanted; it outlives the connection. */
  readonly list: SubscriptionList;
  readonly limits: WireLimits;
  readonly clock: ConnectionClock;
  /** The connection cannot go on. */
  readonly failed: (ending: SocketEnding) => void;
}

/** What one connection sends, within the venue's rate of messages. */
export interface SessionRequests {
  /** Sends at once, such as a login or the answer to a heartbeat; it counts. */
  now(message: WireMessage): void;
  /** Sends what is to be subscribed and unsubscribed, as fast as the venue allows, and goes on with it. */
  pump(): void;
  /** Nothing is sent any more. */
  stop(): void;
}

/** A peer that leaves so much of our few and short messages unread is gone: 1 MiB are thousands of subscriptions. */
const MOST_UNSENT_BYTES = 1 << 20;

export function createSessionRequests(options: SessionRequestsOptions): SessionRequests {
  const { socket, conversation, list, limits, clock, failed } = options;
  const pacing = createPacing(limits, clock);
  const outbox: WireMessage[] = [];
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  function fill(): void {
    const removed = list.takeRemovals(limits.instrumentsPerMessage);
    if (removed.length > 0) {
      outbox.push(...conversation.unsubscribe(removed));
      return;
    }
    const asked = list.takePending(limits.instrumentsPerMessage, clock.monotonicMs());
    if (asked.length > 0) outbox.push(...conversation.subscribe(asked));
  }

  function sendAll(): void {
    while (!stopped && (outbox.length > 0 || list.hasWork())) {
      if (socket.buffered() > MOST_UNSENT_BYTES) {
        failed({ reason: 'the venue does not read what is sent' });
        return;
      }
      // Filled when it can be sent and no earlier: until then what is wanted may change.
      const waitMs = pacing.waitMs();
      if (waitMs > 0) {
        timer = setTimeout(pump, waitMs);
        return;
      }
      if (outbox.length === 0) fill();
      const message = outbox.shift();
      if (message === undefined) continue;
      pacing.take();
      socket.send(message);
    }
  }

  function pump(): void {
    clearTimeout(timer);
    try {
      sendAll();
    } catch (error) {
      failed(endingOf(error));
    }
  }

  return {
    now(message) {
      pacing.force();
      socket.send(message);
    },
    pump,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
