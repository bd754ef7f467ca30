import type { Logger } from '../../../kit/logging/log.ts';
import type { KeySet } from '../../../kit/tokens/keys.ts';
import { importKeys } from '../../../kit/tokens/keys.ts';
import type { Clock } from '../../../ports/clock.ts';
import { loadKeyRing, saveKeyRing } from './key-file.ts';
import {
  type KeyRing,
  type PublicJwk,
  publishedKeys,
  rotateKeys,
  type SigningKey,
  withdrawKeys,
} from './key-ring.ts';

/** The keys of a running service, kept in step with their file. */
export interface SigningKeys {
  readonly secret: Buffer;
  current(): SigningKey;
  published(): PublicJwk[];
  readonly keySet: KeySet;
  /** Takes up what another process wrote to the file, and rotates when the current key is old enough. */
  maintain(): Promise<void>;
}

export interface SigningKeysOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly rotateAfterMs: number;
  /** How long a key stays published after its last signature: the life of an access token, and a margin. */
  readonly retireMs: number;
}

/** Rejects with `invalid_setting` naming the file. */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { file, clock, logger, rotateAfterMs, retireMs } = options;
  let ring = await loadKeyRing(file, clock.now());
  let keys = importKeys(publishedKeys(ring, clock.now()));
  const { secret } = ring;

  const take = (taken: KeyRing) => {
    ring = taken;
    keys = importKeys(publishedKeys(ring, clock.now()));
  };

  return {
    secret,
    current: () => ring.current,
    published: () => publishedKeys(ring, clock.now()),
    keySet: { find: (kid) => keys.get(kid) },
    async maintain() {
      const stored = await loadKeyRing(file, clock.now());
      if (!stored.secret.equals(secret)) {
        logger.event('signing_key_secret_changed');
        return;
      }
      if (clock.now() - stored.currentSinceMs < rotateAfterMs) return take(stored);
      take(await saveKeyRing(file, rotateKeys(stored, clock.now(), retireMs)));
      logger.event('signing_keys_rotated', { kid: ring.current.kid });
    },
  };
}

/**
 * Rotates the keys of a file from outside the service, which takes them up within its `keyCheckMs`.
 * `withdraw` replaces all of them at once, after a leak. Resolves with the `kid` that signs from now on.
 */
export async function rotateKeyFile(
  file: string,
  { nowMs, retireMs, withdraw }: { nowMs: number; retireMs: number; withdraw: boolean },
): Promise<string> {
  const ring = await loadKeyRing(file, nowMs);
  const next = withdraw ? withdrawKeys(ring, nowMs) : rotateKeys(ring, nowMs, retireMs);
  return (await saveKeyRing(file, next)).current.kid;
}
