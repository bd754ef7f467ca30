import type { Revocations } from '@deltastream/contracts';
import type { Clock } from '../../ports/clock.ts';
import { TOKENS } from './token-settings.ts';

/** Sessions whose access tokens are refused although they have not expired. */
export interface Denylist {
  /** Refuses the sessions until their times; those that were not refused before are told to listeners. */
  add(revocations: Revocations): void;
  has(sessionId: string): boolean;
  /** What is in force. */
  list(): Revocations;
  onAdded(listener: (sessionId: string) => void): () => void;
}

export interface DenylistOptions {
  readonly clock: Clock;
  /** Beyond it the entry that ends first goes. */
  readonly maxRevoked?: number;
}

export function createDenylist({
  clock,
  maxRevoked = TOKENS.defaults.maxRevoked,
}: DenylistOptions): Denylist {
  const ends = new Map<string, number>();
  const listeners = new Set<(sessionId: string) => void>();

  const makeRoom = () => {
    const now = clock.now();
    let first: string | undefined;
    for (const [sid, until] of ends) {
      if (until <= now) ends.delete(sid);
      else if (first === undefined || until < (ends.get(first) ?? 0)) first = sid;
    }
    if (ends.size >= maxRevoked && first !== undefined) ends.delete(first);
  };

  return {
    add(revocations) {
      for (const { sid, until } of revocations) {
        const known = ends.get(sid);
        if (known === undefined && ends.size >= maxRevoked) makeRoom();
        ends.set(sid, Math.max(known ?? 0, until));
        if (known === undefined) for (const listener of listeners) listener(sid);
      }
    },
    has: (sessionId) => (ends.get(sessionId) ?? 0) > clock.now(),
    list() {
      const now = clock.now();
      for (const [sid, until] of ends) if (until <= now) ends.delete(sid);
      return [...ends].map(([sid, until]) => ({ sid, until }));
    },
    onAdded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
