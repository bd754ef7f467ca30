import { createHmac, randomBytes } from 'node:crypto';
// Its index would load the limiters of every database, too: 36 modules in each process that checks tokens.
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js';
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js';
import { DeltaStreamError } from '../errors.ts';

/** Attempts by key within a window. */
export interface AttemptLimit {
  /** Counts an attempt. Rejects with `too_many_requests` beyond the limit. */
  count(key: string): Promise<void>;
  /** Takes an attempt back that turned out to be welcome. */
  forgive(key: string): Promise<void>;
}

export interface AttemptLimitOptions {
  readonly windowSeconds: number;
  readonly attempts: number;
  /** Called at the first refusal of a key within a window. */
  readonly onRefusal?: (key: string) => void;
}

/**
 * In memory. Keys fall into 65,536 slots by a keyed hash: memory has a bound however many keys are tried,
 * and who shares a slot cannot be chosen from outside.
 */
export function createAttemptLimit(options: AttemptLimitOptions): AttemptLimit {
  const { windowSeconds, attempts, onRefusal } = options;
  const limiter = new RateLimiterMemory({ points: attempts, duration: windowSeconds });
  const slotOf = createSlots();
  return {
    async count(key) {
      try {
        await limiter.consume(slotOf(key));
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        if (refusal.consumedPoints === attempts + 1) onRefusal?.(key);
        throw tooMany(refusal.msBeforeNext);
      }
    },
    async forgive(key) {
      await limiter.reward(slotOf(key));
    },
  };
}

/** A limit for each network and one for each subject, such as an account or a session. */
export function createDoubleLimit(
  networks: AttemptLimit,
  subjects: AttemptLimit,
): (network: string, subject: string) => Promise<void> {
  return async (network, subject) => {
    // The network first: once it is over its limit, its attempts no longer count against the subject.
    await networks.count(network);
    await subjects.count(subject);
  };
}

/** A slot of 65,536 for each key. */
export function createSlots(): (key: string) => number {
  const secret = randomBytes(32);
  return (key) => createHmac('sha256', secret).update(key).digest().readUInt16BE(0);
}

export const tooMany = (waitMs: number): DeltaStreamError =>
  new DeltaStreamError('too_many_requests', 'too many attempts', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
