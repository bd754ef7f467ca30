import type { Role } from '@deltastream/contracts';

/**
 * Accounts and sessions. Only the auth service holds this port.
 *
 * Guarantees, for every adapter (user-store.contract.ts): emails are unique as given (callers normalise
 * first); every write is durable when it resolves; `rotate` is one conditional update, so of two
 * rotations of the same token exactly one succeeds.
 */
export interface UserStore {
  /** Rejects with `email_taken`. */
  create(user: User): Promise<void>;
  byEmail(email: string): Promise<User | null>;
  byId(id: string): Promise<User | null>;
  createSession(session: Session): Promise<void>;
  session(familyId: string): Promise<Session | null>;
  /** True when the family's current hash was `fromHash` and is now `toHash`. */
  rotate(familyId: string, fromHash: string, toHash: string, expiresAt: number): Promise<boolean>;
  revoke(familyId: string): Promise<void>;
  removeExpiredSessions(nowMs: number): Promise<number>;
  close(): Promise<void>;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly passwordHash: string;
  readonly createdAt: number;
}

/** A line of refresh tokens that descend from one login; only the newest is good. */
export interface Session {
  readonly familyId: string;
  readonly userId: string;
  /** SHA-256 of the current refresh secret, hex. */
  readonly secretHash: string;
  readonly expiresAt: number;
  readonly revoked: boolean;
}
