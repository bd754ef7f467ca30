import { reasonOf } from '../../../kit/errors.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import { type Denylist, LEAST_KEPT_MS } from '../../../kit/tokens/denylist.ts';
import { publishRevocations } from '../../../kit/tokens/revocations.ts';
import type { Bus } from '../../../ports/bus.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';

/** Ends access tokens before their time. */
export interface Revocations {
  /**
   * Refuses the access tokens of these sessions from now on: here at once, in the store for the next
   * start, and over the bus for other processes that check tokens. Rejects when the store does; when the bus
   * does, `repeat` makes up for it.
   */
  revoke(sessionIds: readonly string[]): Promise<void>;
  /** Takes up what was revoked before this process started. */
  restore(): Promise<void>;
  /** Publishes everything in force again, for those who joined after it was published or lost it. */
  repeat(): Promise<void>;
}

export interface RevocationsOptions {
  readonly users: UserStore;
  readonly bus: Bus;
  readonly denylist: Denylist;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The life of an access token and a margin for one that is being signed now. */
  readonly lifetimeMs: number;
}

export function createRevocations(options: RevocationsOptions): Revocations {
  const { users, bus, denylist, clock, logger, lifetimeMs } = options;

  /** What the clock showed at most: tokens that were signed before it was set back end by that. */
  let latestMs = clock.now();
  const latest = () => {
    latestMs = Math.max(latestMs, clock.now());
    return latestMs;
  };

  const publish = async (list: ReturnType<Denylist['list']>) => {
    try {
      await publishRevocations(bus, list);
    } catch (error) {
      logger.event('revocations_not_published', { reason: reasonOf(error) });
    }
  };

  return {
    async revoke(sessionIds) {
      const until = latest() + lifetimeMs;
      const list = sessionIds.map((sid) => ({ sid, until }));
      denylist.add(list);
      for (const { sid } of list) await users.deny(sid, until);
      await publish(list);
    },
    async restore() {
      const denials = await users.denials(clock.now() - LEAST_KEPT_MS);
      denylist.add(denials.map(({ sessionId, untilMs }) => ({ sid: sessionId, until: untilMs })));
    },
    repeat: () => {
      latest();
      return publish(denylist.list());
    },
  };
}
