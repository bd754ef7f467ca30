import { DeltaStreamError } from '../../../kit/errors.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { deriveSecrets } from '../secrets/derived-secrets.ts';
import { loadKeyRing } from '../secrets/key-file.ts';
import { loadPasswordRules } from '../secrets/password-rules.ts';
import { createPasswordScheme } from '../secrets/password-scheme.ts';
import { type AuthConfig, authSettings } from '../settings.ts';
import { normaliseEmail } from './email.ts';

export interface UserReset {
  readonly email: string;
  readonly password: string;
  /** For an owner who lost the authenticator and the recovery codes. */
  readonly removeSecondFactor: boolean;
}

/**
 * Gives an account a new password from outside the HTTP service, as an operator's command does, and ends its
 * sessions: none can be refreshed any more, and what access tokens there are run out by themselves. Rejects
 * with `not_found`, `invalid_request`, `weak_password`, or `invalid_setting` for the key file.
 */
export async function resetUser(
  users: UserStore,
  { email, password, removeSecondFactor }: UserReset,
  config: AuthConfig,
): Promise<void> {
  const settings = authSettings(config);
  const user = await users.byEmail(normaliseEmail(email));
  if (user === null) throw new DeltaStreamError('not_found', 'email: no account has it');
  (await loadPasswordRules()).check(password, [user.email, user.name]);
  const { secret } = await loadKeyRing(settings.keyFile, systemClock.now());
  const algorithm = settings.passwordAlgorithm;
  const scheme = createPasswordScheme({ ...settings, algorithm, key: deriveSecrets(secret).password });
  if (!(await users.changePassword(user.id, user.passwordHash, await scheme.hash(password)))) {
    throw new DeltaStreamError('store_failed', 'the password was changed meanwhile; try again');
  }
  if (removeSecondFactor) await users.removeSecondFactor(user.id);
  for (const { familyId } of await users.sessionsOf(user.id)) await users.revoke(familyId);
}
