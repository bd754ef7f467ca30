import type { AttemptLimit } from '../../../kit/access/attempt-limits.ts';
import type { Backoff } from './backoff.ts';
import type { Pace } from './pace.ts';

/** Who tries to log in as whom. */
interface Attempt {
  readonly network: string;
  readonly account: string;
  /** A device from which this account was logged in before; null for any other. */
  readonly knownDevice: string | null;
}

export interface LoginThrottle {
  /**
   * Runs a check of credentials if the attempt is within every limit that applies, else rejects with
   * `too_many_requests`. It is counted before the check and taken back when the check resolves or fails
   * for another reason than `isGuess` names, so that attempts at the same time cannot pass together.
   */
  attempt<T>(attempt: Attempt, check: () => Promise<T>): Promise<T>;
}

export interface LoginThrottleOptions {
  /** All accounts tried from one network; beyond it its attempts pass at this pace. */
  readonly networks: AttemptLimit;
  readonly pace: Pace;
  /** One account tried from one network. */
  readonly pairs: AttemptLimit;
  /** One account tried from one device that it knows. */
  readonly devices: AttemptLimit;
  /** One account tried from anywhere. */
  readonly accounts: Backoff;
  /** True for the failure of a check that says the credentials were wrong. */
  readonly isGuess: (error: unknown) => boolean;
}

/**
 * What one network tries on one account is limited, and refused attempts do not count against the account, so one
 * attacker cannot keep the owner out; many can make the account wait, but never for a device it knows, which has a
 * limit of its own. What a network tried on other accounts slows an attempt down and does not refuse it: behind one
 * address there may be many people, and the right password of one is not refused for the guesses of another.
 */
export function createLoginThrottle(options: LoginThrottleOptions): LoginThrottle {
  const { networks, pace, pairs, devices, accounts, isGuess } = options;

  const begin = async ({ network, account, knownDevice }: Attempt): Promise<() => Promise<void>> => {
    if (knownDevice !== null) {
      const key = `${knownDevice} ${account}`;
      await devices.count(key);
      return () => devices.forgive(key);
    }
    const pair = `${network} ${account}`;
    await pairs.count(pair);
    try {
      await networks.count(network).catch(() => pace.turn(network));
    } catch (error) {
      await pairs.forgive(pair);
      throw error;
    }
    accounts.begin(account);
    return async () => {
      accounts.forgive(account);
      await Promise.all([networks.forgive(network), pairs.forgive(pair)]);
    };
  };

  return {
    async attempt(attempt, check) {
      const takeBack = await begin(attempt);
      try {
        const result = await check();
        await takeBack();
        return result;
      } catch (error) {
        if (!isGuess(error)) await takeBack();
        throw error;
      }
    },
  };
}
