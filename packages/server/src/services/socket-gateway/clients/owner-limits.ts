import { createGrowingCache } from '../../../kit/growing-cache.ts';
import { createTokenBucket, type TokenBucket } from './token-bucket.ts';

/** What all connections of one user, or of one address without a user, may have and do together. */
export interface OwnerQuota {
  readonly connections: number;
  readonly subscriptions: number;
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
}

/** Who a connection belongs to; without a quota nothing is counted against it. */
export interface Owner {
  readonly name: string;
  readonly quota: OwnerQuota | null;
}

export interface OwnerLimits {
  /** True when the owner has as many connections as it may. */
  isFull(owner: Owner): boolean;
  /** What one connection uses of its owner's quota; `release` it when the connection ends. */
  lease(owner: Owner): QuotaLease;
}

export interface QuotaLease {
  takeMessage(nowMs: number): boolean;
  takeSubscription(): boolean;
  releaseSubscription(): void;
  release(): void;
}

interface Account {
  connections: number;
  subscriptions: number;
  readonly bucket: TokenBucket;
}

/** An owner that is gone is remembered for a while, so that reconnecting is not a way around the rate. */
const REMEMBERED_MS = 60_000;
const MOST_REMEMBERED = 10_000; // One that is forgotten earlier begins with a full rate.

export function createOwnerLimits(): OwnerLimits {
  const present = new Map<string, Account>();
  const gone = createGrowingCache<string, Account>(MOST_REMEMBERED, { ttl: REMEMBERED_MS });

  function accountOf(name: string, quota: OwnerQuota): Account {
    const account = present.get(name) ??
      gone.get(name) ?? {
        connections: 0,
        subscriptions: 0,
        bucket: createTokenBucket(quota.messagesPerSecond, quota.messageBurst, performance.now()),
      };
    gone.delete(name);
    present.set(name, account);
    return account;
  }

  return {
    isFull: ({ name, quota }) => quota !== null && (present.get(name)?.connections ?? 0) >= quota.connections,
    lease({ name, quota }) {
      if (!quota) return UNLIMITED;
      const account = accountOf(name, quota);
      account.connections += 1;
      let own = 0;
      return {
        takeMessage: (nowMs) => account.bucket.take(nowMs),
        takeSubscription() {
          if (account.subscriptions >= quota.subscriptions) return false;
          account.subscriptions += 1;
          own += 1;
          return true;
        },
        releaseSubscription() {
          account.subscriptions -= 1;
          own -= 1;
        },
        release() {
          account.subscriptions -= own;
          own = 0;
          account.connections -= 1;
          if (account.connections > 0) return;
          present.delete(name);
          gone.set(name, account);
        },
      };
    },
  };
}

const UNLIMITED: QuotaLease = {
  takeMessage: () => true,
  takeSubscription: () => true,
  releaseSubscription: () => {},
  release: () => {},
};
