import type { Role } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import { systemClock } from '../../../ports/clock.ts';
import type { User, UserStore } from '../../../ports/stores/users/user-store.ts';
import { deriveSecrets } from '../secrets/derived-secrets.ts';
import { loadKeyRing } from '../secrets/key-file.ts';
import { loadPasswordRules } from '../secrets/password-rules.ts';
import { createPasswordScheme } from '../secrets/password-scheme.ts';
import { type AuthConfig, authSettings } from '../settings.ts';
import { normaliseEmail } from './email.ts';
import { newUser } from './new-user.ts';

export interface UserDetails {
  readonly email: string;
  readonly password: string;
  /** The part of the email before the @ when left out. */
  readonly name?: string;
  readonly role: Role;
}

const MAX_NAME = 100; // As in the contract of the registration.

/**
 * Creates an account from outside the HTTP service, as an operator's command does. Rejects with
 * `invalid_request` naming the field, `weak_password`, `email_taken`, or `invalid_setting` for the key file.
 */
export async function createUser(
  users: UserStore,
  { email, password, name, role }: UserDetails,
  config: AuthConfig,
): Promise<User> {
  const settings = authSettings(config);
  const address = normaliseEmail(email);
  if (name !== undefined && name.length > MAX_NAME) {
    throw new DeltaStreamError('invalid_request', `name: must have at most ${MAX_NAME} characters`);
  }
  (await loadPasswordRules()).check(password, [address, name ?? '']);
  const { secret } = await loadKeyRing(settings.keyFile, systemClock.now());
  const scheme = createPasswordScheme({
    ...settings,
    algorithm: settings.passwordAlgorithm,
    key: deriveSecrets(secret).password,
  });
  const passwordHash = await scheme.hash(password);
  const user = newUser({ email: address, name, role, passwordHash }, systemClock.now());
  await users.create(user);
  return user;
}
