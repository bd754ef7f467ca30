import type { Party, Turns } from '../throttle/turns.ts';
import type { PasswordScheme } from './password-scheme.ts';

export interface PasswordHasher {
  /** Resolves with what to store. */
  hash(password: string, party: Party): Promise<string>;
  /** Compares with what is stored; without that it does the same work and resolves with false. */
  matches(password: string, stored: string | null, party: Party): Promise<boolean>;
  /** True when `stored` should be made anew while the password is at hand. */
  outdated(stored: string): boolean;
}

export interface PasswordHasherOptions {
  readonly scheme: PasswordScheme;
  readonly turns: Turns;
  /** Called at each computation. */
  readonly onComputation: () => void;
}

/** Hashes passwords in turn, on libuv's threads, so that log-ins hold up neither each other's nor other work. */
export function createPasswordHasher(options: PasswordHasherOptions): PasswordHasher {
  const { scheme, turns, onComputation } = options;
  /**
   * What an unknown account is compared with, so that the response takes as long as for a known one. It takes as long to
   * make, so a start does not wait for it; the first comparisons do, those with known accounts, too.
   */
  const nobody = scheme.hash('').catch(() => null);
  const compute = <T>(party: Party, work: () => Promise<T>) =>
    turns.take(party, () => {
      onComputation();
      return work();
    });

  return {
    hash: (password, party) => compute(party, () => scheme.hash(password)),
    async matches(password, stored, party) {
      const equal = await compute(party, async () => {
        const unknown = (await nobody) ?? (await scheme.hash(''));
        return scheme.matches(password, stored ?? unknown);
      });
      return equal && stored !== null;
    },
    outdated: scheme.outdated,
  };
}
