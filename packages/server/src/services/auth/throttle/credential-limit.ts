import type { AttemptLimit } from '../../../kit/access/attempt-limits.ts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { createGrowingCache } from '../../../kit/growing-cache.ts';

/** Bounds how often one network may present credentials that turn out to be bad. */
export interface CredentialLimit {
  /**
   * Runs the check of a credential. What it resolves does not count against the network, and a subject whose
   * credential was good before (a session, an API key) is checked whatever others of its network have sent. Rejects
   * with `too_many_requests` without running the check. `subject` is null where there is nothing to know again.
   */
  check<T>(network: string, subject: string | null, work: () => Promise<T>): Promise<T>;
}

const MAX_KNOWN = 10_000; // One that is forgotten counts against its network once more.

export function createCredentialLimit(networks: AttemptLimit): CredentialLimit {
  const known = createGrowingCache<string, true>(MAX_KNOWN);
  return {
    async check(network, subject, work) {
      const isKnown = subject !== null && known.has(subject);
      if (!isKnown) await networks.count(network);
      try {
        const result = await work();
        if (!isKnown) await networks.forgive(network);
        if (subject !== null) known.set(subject, true);
        return result;
      } catch (error) {
        const isBad = error instanceof DeltaStreamError && error.code === 'invalid_token';
        if (isBad && subject !== null) known.delete(subject);
        if (!isBad && !isKnown) await networks.forgive(network);
        throw error;
      }
    },
  };
}
