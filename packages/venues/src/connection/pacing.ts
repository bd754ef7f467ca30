import type { ConnectionClock } from './ports.ts';

/** Keeps the messages of one connection within the venue's rate: a token bucket. */
export interface Pacing {
  /** True when a message may be sent now; it is counted. */
  take(): boolean;
  /** Counts a message that cannot wait, such as the reply to a heartbeat; others wait the longer. */
  force(): void;
  /** Until `take` gives true, ms. */
  waitMs(): number;
}

/** `messagesPerSecond` on average, at most `burst` at once after a pause. */
export function createPacing(
  { messagesPerSecond, burst }: { readonly messagesPerSecond: number; readonly burst: number },
  clock: ConnectionClock,
): Pacing {
  const capacity = Math.max(1, burst);
  let tokens = capacity;
  let at = clock.monotonicMs();

  function refill(): void {
    const now = clock.monotonicMs();
    tokens = Math.min(capacity, tokens + ((now - at) / 1000) * messagesPerSecond);
    at = now;
  }

  return {
    take() {
      refill();
      if (tokens < 1) return false;
      tokens--;
      return true;
    },
    force() {
      refill();
      tokens--;
    },
    waitMs() {
      refill();
      return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / messagesPerSecond) * 1000);
    },
  };
}
