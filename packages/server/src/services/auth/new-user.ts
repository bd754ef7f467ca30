import { randomUUID } from 'node:crypto';
import type { Role } from '@deltastream/contracts';
import type { User } from '../../ports/user-store.ts';

/** A user with a fresh id. `email` is normalised already; without a name its part before the @ serves. */
export function newUser(
  email: string,
  name: string | undefined,
  role: Role,
  passwordHash: string,
  createdAt: number,
): User {
  const givenName = name?.normalize('NFC').trim() || email.slice(0, email.lastIndexOf('@'));
  return { id: randomUUID(), email, name: givenName, role, passwordHash, createdAt };
}
