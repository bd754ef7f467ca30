import type { Revocations } from '@deltastream/contracts';
import type { Clock } from '../../ports/clock.ts';
import { TOKENS } from './token-settings.ts';

/**
 * Sessions whose access tokens are refused although they have not expired. A wall clock that is set forth ends none of
 * them early, and one that is set back none that a token then outlives: a session is forgotten once its time has come by
 * the wall clock and as much time has passed.
 */
export interface Denylist {
  /** Refuses the sessions until their times; those that were not refused before are told to listeners. */
  add(revocations: Revocations): void;
  has(sessionId: string): boolean;
  /** What is in force by the wall clock. */
  list(): Revocations;
  onAdded(listener: (sessionId: string) => void): () => void;
}

interface Denial {
  /** Epoch ms. */
  readonly until: number;
  /** Monotonic ms. */
  readonly keptFor: number;
}

/**
 * How long a session is remembered at least, whatever the wall clock: one that was set forth an hour ago, as by a wrong
 * time zone, and is set right again finds it.
 */
export const LEAST_KEPT_MS = 3_600_000;

export interface DenylistOptions {
  readonly clock: Clock;
  /** Beyond it the entry that ends first goes. */
  readonly maxRevoked?: number;
}

export function createDenylist({
  clock,
  maxRevoked = TOKENS.defaults.maxRevoked,
}: DenylistOptions): Denylist {
  const denied = new Map<string, Denial>();
  const listeners = new Set<(sessionId: string) => void>();

  const forgetEnded = () => {
    const [now, passed] = [clock.now(), clock.monotonicMs()];
    for (const [sid, { until, keptFor }] of denied) if (until <= now && keptFor <= passed) denied.delete(sid);
  };

  const makeRoom = () => {
    forgetEnded();
    if (denied.size < maxRevoked) return;
    let first: string | undefined;
    for (const [sid, { until }] of denied) {
      if (first === undefined || until < (denied.get(first)?.until ?? 0)) first = sid;
    }
    if (first !== undefined) denied.delete(first);
  };

  return {
    add(revocations) {
      const [now, passed] = [clock.now(), clock.monotonicMs()];
      for (const { sid, until } of revocations) {
        const known = denied.get(sid);
        if (known !== undefined && known.until >= until) continue;
        if (known === undefined && denied.size >= maxRevoked) makeRoom();
        denied.set(sid, { until, keptFor: passed + Math.max(until - now, LEAST_KEPT_MS) });
        if (known === undefined) for (const listener of listeners) listener(sid);
      }
    },
    has: (sessionId) => denied.has(sessionId),
    list() {
      forgetEnded();
      const now = clock.now();
      return [...denied].flatMap(([sid, { until }]) => (until > now ? [{ sid, until }] : []));
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
