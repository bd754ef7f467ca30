import type { Role } from '@deltastream/contracts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { systemClock } from '../../ports/clock.ts';
import type { User, UserStore } from '../../ports/user-store.ts';
import { normaliseEmail } from './email.ts';
import { newUser } from './new-user.ts';
import { hashPassword } from './password-hasher.ts';
import { AUTH_DEFAULTS } from './settings.ts';

export interface UserDetails {
  readonly email: string;
  readonly password: string;
  /** The part of the email before the @ when left out. */
  readonly name?: string;
  readonly role: Role;
}

const MIN_PASSWORD = 8;
const MAX_PASSWORD = 256;
const MAX_NAME = 100;

/**
 * Creates an account from outside the HTTP service, as an operator's command does.
 * Rejects with `invalid_request` naming the field, or `email_taken`.
 */
export async function createUser(
  users: UserStore,
  { email, password, name, role }: UserDetails,
  bcryptCost = AUTH_DEFAULTS.bcryptCost,
): Promise<User> {
  const address = normaliseEmail(email);
  if (password.length < MIN_PASSWORD || password.length > MAX_PASSWORD) {
    throw invalid(`password: must have ${MIN_PASSWORD} to ${MAX_PASSWORD} characters`);
  }
  if (name !== undefined && name.length > MAX_NAME) {
    throw invalid(`name: must have at most ${MAX_NAME} characters`);
  }
  const user = newUser(address, name, role, await hashPassword(password, bcryptCost), systemClock.now());
  await users.create(user);
  return user;
}

const invalid = (message: string) => new DeltaStreamError('invalid_request', message);
