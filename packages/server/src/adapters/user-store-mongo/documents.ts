import type { Session, User } from '../../ports/user-store.ts';

export const USERS = 'users';
export const SESSIONS = 'sessions';

export interface UserDocument {
  readonly _id: string;
  readonly email: string;
  readonly name: string;
  readonly role: User['role'];
  readonly password_hash: string;
  readonly created_at: Date;
}

/** A line of refresh tokens; `_id` is its family. */
export interface SessionDocument {
  readonly _id: string;
  readonly user_id: string;
  readonly secret_hash: string;
  readonly expires_at: Date;
  readonly revoked: boolean;
}

export function userDocument({ id, email, name, role, passwordHash, createdAt }: User): UserDocument {
  return { _id: id, email, name, role, password_hash: passwordHash, created_at: new Date(createdAt) };
}

export function toUser(document: UserDocument | null): User | null {
  if (document === null) return null;
  const { _id, email, name, role, password_hash, created_at } = document;
  return { id: _id, email, name, role, passwordHash: password_hash, createdAt: created_at.getTime() };
}

export function sessionDocument(session: Session): SessionDocument {
  const { familyId, userId, secretHash, expiresAt, revoked } = session;
  return {
    _id: familyId,
    user_id: userId,
    secret_hash: secretHash,
    expires_at: new Date(expiresAt),
    revoked,
  };
}

export function toSession(document: SessionDocument | null): Session | null {
  if (document === null) return null;
  const { _id, user_id, secret_hash, expires_at, revoked } = document;
  return {
    familyId: _id,
    userId: user_id,
    secretHash: secret_hash,
    expiresAt: expires_at.getTime(),
    revoked,
  };
}
