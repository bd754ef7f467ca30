import type { Gap } from '@deltastream/contracts';
import type { Update } from './room-state.ts';
import type { FollowOptions, RoomStanding } from './socket-types.ts';

/** One listener of the user at a room. */
export interface Follower {
  /** True once the server has answered for the first time. */
  readonly begun: boolean;
  /** The first response has come; the snapshot goes to the user by the promise. */
  begin(): void;
  offer(update: Update): void;
  readonly onGap: (gap: Gap) => void;
  readonly onStanding: (standing: RoomStanding) => void;
}

export function createFollower(
  deliver: (update: Update) => void,
  { onGap = () => {}, onStanding = () => {} }: FollowOptions = {},
): Follower {
  let begun = false;
  let early: Update[] | null = null;

  return {
    onGap,
    onStanding(standing) {
      if (begun) onStanding(standing);
    },
    get begun() {
      return begun;
    },
    begin() {
      begun = true;
      // One network message may carry the response and updates. The user awaits the response, so updates of
      // the same turn wait until that promise's continuation, queued before this one, has run.
      const waiting: Update[] = [];
      early = waiting;
      queueMicrotask(() => {
        early = null;
        for (const update of waiting) deliver(update);
      });
    },
    offer(update) {
      if (!begun) return;
      if (early) early.push(update);
      else deliver(update);
    },
  };
}
