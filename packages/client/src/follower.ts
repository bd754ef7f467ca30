import type { ChainView, PriceUpdate, RoomSnapshot, SubscriptionRequest } from '@deltastream/contracts';

export type Update = PriceUpdate | ChainView;

/** One subscription of the user, through any number of connections. */
export interface Follower {
  readonly request: SubscriptionRequest;
  /** True once the server has answered for the first time. */
  readonly begun: boolean;
  /** The first answer has come; the snapshot goes to the user by the promise. */
  begin(): void;
  /** The connection is back: the new snapshot replaces whatever was missed. */
  resume(snapshot: RoomSnapshot): void;
  /** The connection is away; what arrives until `resume` is not this subscription's. */
  pause(): void;
  offer(update: Update): void;
  wants(event: SubscriptionRequest['type'], update: Update): boolean;
}

export function createFollower(request: SubscriptionRequest, deliver: (update: Update) => void): Follower {
  let begun = false;
  let live = false;
  let early: Update[] | null = null;

  return {
    request,
    get begun() {
      return begun;
    },
    begin() {
      begun = true;
      live = true;
      // One network message may carry the answer and updates. The user awaits the answer, so updates of
      // the same turn wait until that promise's continuation, queued before this one, has run.
      const waiting: Update[] = [];
      early = waiting;
      queueMicrotask(() => {
        early = null;
        for (const update of waiting) deliver(update);
      });
    },
    resume(snapshot) {
      live = true;
      for (const update of snapshot === null ? [] : [snapshot].flat()) deliver(update);
    },
    pause() {
      live = false;
    },
    offer(update) {
      if (!live) return;
      if (early) early.push(update);
      else deliver(update);
    },
    wants(event, update) {
      if (request.type !== event || request.symbol !== update.product) return false;
      if (request.type === 'product' || request.expiry === undefined) return true;
      return 'expiry' in update && update.expiry === request.expiry;
    },
  };
}

export const sameRoom = (a: SubscriptionRequest, b: SubscriptionRequest): boolean =>
  a.type === b.type && a.symbol === b.symbol && expiryOf(a) === expiryOf(b);

const expiryOf = (request: SubscriptionRequest): string | undefined =>
  request.type === 'chain' ? request.expiry : undefined;
