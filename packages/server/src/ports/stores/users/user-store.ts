import type { Role, Scope } from '@deltastream/contracts';
import type { AuditStore } from '../audit/audit-store.ts';

/**
 * Accounts, their sessions, API keys and documents, and the trail of security events. Only the auth service holds this
 * port.
 *
 * Guarantees, for every adapter (user-store.contract.ts):
 * - Emails are unique as given (callers normalise first), and so are external identities.
 * - Every write is durable when it resolves.
 * - Every method that resolves with a boolean is one conditional update of one record: it resolves with true when the
 *   condition held and the change was made, so that of callers at the same time exactly one is told so.
 * - No references between records are enforced: what belongs to a removed user is inert, because the auth
 *   service looks for the user before it believes the rest, and removes it.
 */
export interface UserStore extends AuditStore {
  /** Rejects with `email_taken` or `identity_taken`. */
  create(user: User): Promise<void>;
  byEmail(email: string): Promise<User | null>;
  byId(id: string): Promise<User | null>;
  /** By email, those after this one; from the first on for null. */
  usersAfter(email: string | null, limit: number): Promise<User[]>;
  byIdentity(identity: ExternalIdentity): Promise<User | null>;
  /** If the user exists. Rejects with `identity_taken`. */
  addIdentity(userId: string, identity: ExternalIdentity): Promise<boolean>;
  /** If the hash is `from`: sets another hash of the same password. */
  rehashPassword(userId: string, from: string, to: string): Promise<boolean>;
  /** If the hash is `from`: sets the hash of another password and counts the generation up. */
  changePassword(userId: string, from: string | null, to: string): Promise<boolean>;
  noteLogin(userId: string, atMs: number): Promise<boolean>;

  /**
   * If this leaves an administrator who is not disabled, or takes none away: sets the role and counts the generation up.
   * Of administrators who leave at the same time at least one stays, for this method and the next two.
   */
  changeRole(userId: string, role: Role): Promise<boolean>;
  /** The same for a user who is not disabled: disables it. */
  disable(userId: string, atMs: number): Promise<boolean>;
  /** The same: removes the user and its identities; what else it has is removed by methods of their own. */
  remove(userId: string): Promise<boolean>;
  /** If it is disabled. */
  enable(userId: string): Promise<boolean>;

  /** If no second factor is in force: sets one that is not yet. */
  beginSecondFactor(userId: string, sealedSecret: string): Promise<boolean>;
  /** If this secret was begun and is not in force: puts it in force and counts the generation up. */
  confirmSecondFactor(
    userId: string,
    sealedSecret: string,
    step: number,
    recoveryHashes: readonly string[],
  ): Promise<boolean>;
  /** If a second factor is in force and no code of this time step or a later one was used: uses it. */
  useCode(userId: string, step: number): Promise<boolean>;
  /** If the hash is among the recovery codes of a second factor in force: takes it away. */
  useRecoveryCode(userId: string, hash: string): Promise<boolean>;
  /** Removes the second factor, in force or not. */
  removeSecondFactor(userId: string): Promise<boolean>;

  createSession(session: Session): Promise<void>;
  session(familyId: string): Promise<Session | null>;
  /** Live and dead ones, the newest first. */
  sessionsOf(userId: string): Promise<Session[]>;
  /**
   * If the session is live, its expiry later than `rotation.at`, and its current hash `fromHash`: that
   * becomes the previous one and `rotation` takes its place.
   */
  rotate(familyId: string, fromHash: string, rotation: Rotation): Promise<boolean>;
  /** If the session is live. */
  revoke(familyId: string): Promise<boolean>;
  removeSessionsOf(userId: string): Promise<void>;
  /** Resolves with how many there were whose expiry is not later than `nowMs`. */
  removeExpiredSessions(nowMs: number): Promise<number>;

  createApiKey(key: ApiKey): Promise<void>;
  apiKey(id: string): Promise<ApiKey | null>;
  /** The newest first. */
  apiKeysOf(userId: string): Promise<ApiKey[]>;
  /** If it was used last before `beforeMs`, or never: it was used now. */
  touchApiKey(id: string, nowMs: number, beforeMs: number): Promise<boolean>;
  removeApiKey(userId: string, id: string): Promise<boolean>;
  removeApiKeysOf(userId: string): Promise<void>;

  document(key: DocumentKey): Promise<StoredDocument | null>;
  /** By name, without their content. */
  documentsOf(userId: string, kind: DocumentKind): Promise<DocumentHead[]>;
  /** If the stored version is `from`, and there is none where `from` is 0: stores the document in its place. */
  putDocument(document: StoredDocument, from: number): Promise<boolean>;
  /** If the stored version is `version`. */
  removeDocument(key: DocumentKey, version: number): Promise<boolean>;
  removeDocumentsOf(userId: string): Promise<void>;
  /** Removes API keys and documents of users who are gone; resolves with how many. Their sessions end by their expiry. */
  removeOrphans(): Promise<number>;

  /** Remembers that a session's access tokens are refused; a later time replaces an earlier one. */
  deny(sessionId: string, untilMs: number): Promise<void>;
  /** Those whose time is later than `nowMs`; the others may be forgotten. */
  denials(nowMs: number): Promise<Denial[]>;
  close(): Promise<void>;
}

export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Null for an account that logs in by external identities only. */
  readonly passwordHash: string | null;
  readonly createdAt: number;
  /** Null where none was noted. */
  readonly lastLoginAt: number | null;
  /** Null for a user who may log in. */
  readonly disabledAt: number | null;
  /** Rises when credentials, the role or the right to log in change; what began under an earlier one must not end in a session. */
  readonly generation: number;
  readonly secondFactor: SecondFactor | null;
  readonly identities: readonly ExternalIdentity[];
}

export interface SecondFactor {
  readonly sealedSecret: string;
  /** False until a first code has proved that the authenticator has the secret. */
  readonly inForce: boolean;
  /** Time step of the last code used. */
  readonly lastStep: number;
  /** SHA-256 of the recovery codes that are left, hex. */
  readonly recoveryHashes: readonly string[];
}

/** Who somebody is at an OpenID provider. */
export interface ExternalIdentity {
  readonly issuer: string;
  readonly subject: string;
}

/** A line of refresh tokens that descend from one login; only the newest is good. */
export interface Session extends Rotation {
  readonly familyId: string;
  readonly userId: string;
  /** Hash of the token that the current one replaced. */
  readonly previousHash: string | null;
  readonly createdAt: number;
  readonly revoked: boolean;
  /** What the client called itself at the login. */
  readonly device: string;
}

/** What each refresh replaces. */
export interface Rotation {
  /** SHA-256 of the current refresh secret, hex. */
  readonly secretHash: string;
  readonly at: number;
  readonly expiresAt: number;
  /** IPv4 address or IPv6 /64. */
  readonly network: string;
}

export interface ApiKey {
  readonly id: string;
  readonly userId: string;
  readonly name: string;
  /** SHA-256 of the secret, hex. */
  readonly secretHash: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly lastUsedAt: number | null;
}

export type DocumentKind = 'preferences' | 'layout';

export interface DocumentKey {
  readonly userId: string;
  readonly kind: DocumentKind;
  readonly name: string;
}

export interface DocumentHead {
  readonly name: string;
  /** A change of the document gives it another. */
  readonly version: number;
  readonly updatedAt: number;
}

/** Something that a user keeps here, such as how the dashboard is arranged. */
export interface StoredDocument extends DocumentKey, DocumentHead {
  /** JSON text; nothing in it is looked for. */
  readonly json: string;
}

interface Denial {
  readonly sessionId: string;
  readonly untilMs: number;
}

/** Users with their second factors and identities. */
export type AccountMethods = Pick<
  UserStore,
  | 'create'
  | 'byEmail'
  | 'byId'
  | 'byIdentity'
  | 'usersAfter'
  | 'noteLogin'
  | 'changeRole'
  | 'disable'
  | 'enable'
  | 'addIdentity'
  | 'rehashPassword'
  | 'changePassword'
  | 'remove'
  | 'beginSecondFactor'
  | 'confirmSecondFactor'
  | 'useCode'
  | 'useRecoveryCode'
  | 'removeSecondFactor'
>;

/** Refresh families and denied sessions. */
export type SessionMethods = Pick<
  UserStore,
  | 'createSession'
  | 'session'
  | 'sessionsOf'
  | 'rotate'
  | 'revoke'
  | 'removeSessionsOf'
  | 'removeExpiredSessions'
  | 'deny'
  | 'denials'
>;

/** Keys of programs. */
export type ApiKeyMethods = Pick<
  UserStore,
  'createApiKey' | 'apiKey' | 'apiKeysOf' | 'touchApiKey' | 'removeApiKey' | 'removeApiKeysOf'
>;

/** What users keep. */
export type DocumentMethods = Pick<
  UserStore,
  'document' | 'documentsOf' | 'putDocument' | 'removeDocument' | 'removeDocumentsOf' | 'removeOrphans'
>;
