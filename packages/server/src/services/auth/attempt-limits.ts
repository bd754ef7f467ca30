import { createHmac, randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { DeltaStreamError } from '../../kit/errors.ts';

export interface AttemptLimits {
  /** Counts an attempt from an address on an account; throws `too_many_requests` beyond either limit. */
  count(ip: string, account: string): Promise<void>;
}

export interface AttemptLimitsOptions {
  readonly windowSeconds: number;
  readonly perAddress: number;
  readonly perAccount: number;
}

/**
 * Attempts per address and per account within a window, in memory. An IPv6 address counts as its /64, which
 * is what one subscriber has. Keys fall into 65,536 slots by a keyed hash: memory has a bound however many
 * addresses and accounts are tried, and who shares a slot cannot be chosen from outside.
 */
export function createAttemptLimits(options: AttemptLimitsOptions): AttemptLimits {
  const { windowSeconds, perAddress, perAccount } = options;
  const addresses = new RateLimiterMemory({ points: perAddress, duration: windowSeconds });
  const accounts = new RateLimiterMemory({ points: perAccount, duration: windowSeconds });
  const slotKey = randomBytes(32);
  const slotOf = (key: string) => createHmac('sha256', slotKey).update(key).digest().readUInt16BE(0);

  const consume = async (limiter: RateLimiterMemory, key: string) => {
    try {
      await limiter.consume(slotOf(key));
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new DeltaStreamError('too_many_requests', 'too many attempts', {
        retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      });
    }
  };

  return {
    // The address first: once it is over its limit, its attempts no longer count against the account.
    async count(ip, account) {
      await consume(addresses, networkOf(ip));
      await consume(accounts, account);
    },
  };
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The first 64 bits of an IPv6 address, spelled in one way; an IPv4 address, also when mapped, as it is. */
export function networkOf(ip: string): string {
  const mapped = MAPPED_IPV4.exec(ip);
  if (mapped !== null) return mapped[1];
  if (!isIPv6(ip)) return ip;
  const [head, tail] = ip.split('%', 1)[0].split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const groups = [...left, ...Array<string>(Math.max(0, zeros)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
