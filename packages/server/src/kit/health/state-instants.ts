import type { Clock } from '../../ports/clock.ts';

/** One judgement: what it asks about lasts, what it does not ask about is over. */
export interface Judgement {
  /** Epoch ms at which a state began that has lasted for so long, ms. */
  began(state: string, lastedMs: number): number;
  /** Forgets the states that were not asked about. */
  end(): void;
}

/** Remembers when each state of the platform began. Bounded by the states of one judgement. */
export interface StateInstants {
  /** `receivingMs` rises by the time for which the judge could receive; it never goes back. */
  during(receivingMs: number): Judgement;
}

/** A state that began later by more than this, by how long it says it lasted, is another one of the same name. */
const ANOTHER_AFTER_MS = 2_000;

/**
 * The instant is fixed when a state is first known. Computed again from how long it lasted, it would wander with the
 * delay of each heartbeat, and jump with a wall clock that is set. A state that ends and begins again between two
 * judgements is told by its duration, which starts anew.
 */
export function createStateInstants(clock: Clock): StateInstants {
  const known = new Map<string, { readonly instant: number; readonly receivingMs: number }>();
  return {
    during(receivingMs) {
      const asked = new Set<string>();
      return {
        began(state, lastedMs) {
          asked.add(state);
          const start = receivingMs - lastedMs;
          const held = known.get(state);
          if (held && start - held.receivingMs <= ANOTHER_AFTER_MS) return held.instant;
          const instant = clock.now() - lastedMs;
          known.set(state, { instant, receivingMs: start });
          return instant;
        },
        end() {
          for (const state of known.keys()) if (!asked.has(state)) known.delete(state);
        },
      };
    },
  };
}
