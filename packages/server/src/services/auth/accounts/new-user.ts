import { randomUUID } from 'node:crypto';
import type { Role } from '@deltastream/contracts';
import type { ExternalIdentity, User } from '../../../ports/stores/users/user-store.ts';

export interface NewUser {
  /** Normalised already. */
  readonly email: string;
  /** The part of the email before the @ when left out. */
  readonly name?: string;
  readonly role: Role;
  readonly passwordHash: string | null;
  readonly identities?: readonly ExternalIdentity[];
}

/** A user with a fresh id. */
export function newUser(
  { email, name, role, passwordHash, identities = [] }: NewUser,
  createdAt: number,
): User {
  const givenName = name?.normalize('NFC').trim() || email.slice(0, email.lastIndexOf('@'));
  return {
    id: randomUUID(),
    email,
    name: givenName,
    role,
    passwordHash,
    createdAt,
    lastLoginAt: null,
    disabledAt: null,
    generation: 0,
    secondFactor: null,
    identities,
  };
}
