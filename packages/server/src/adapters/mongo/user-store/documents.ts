import type { AuditRecord } from '../../../ports/stores/audit/audit-store.ts';
import type {
  ApiKey,
  DocumentHead,
  DocumentKey,
  ExternalIdentity,
  SecondFactor,
  Session,
  StoredDocument,
  User,
} from '../../../ports/stores/users/user-store.ts';

/** What is absent is at its default, so accounts of the first release need no conversion. */
export interface UserDocument {
  readonly _id: string;
  readonly email: string;
  readonly name: string;
  readonly role: User['role'];
  readonly password_hash: string | null;
  readonly created_at: Date;
  readonly last_login_at?: Date;
  readonly disabled_at?: Date;
  /** Changes under way that may take this administrator away. */
  readonly leaving?: number;
  readonly generation?: number;
  readonly second_factor?: SecondFactorDocument;
  /** See `identityKey`. Never empty: a sparse index leaves out only documents that lack the field. */
  readonly identities?: readonly string[];
}

interface SecondFactorDocument {
  readonly sealed_secret: string;
  readonly in_force: boolean;
  readonly last_step: number;
  readonly recovery_hashes: readonly string[];
}

/** A line of refresh tokens; `_id` is its family. */
export interface SessionDocument {
  readonly _id: string;
  readonly user_id: string;
  readonly secret_hash: string;
  readonly previous_hash: string | null;
  readonly created_at: Date;
  readonly rotated_at: Date;
  readonly expires_at: Date;
  readonly revoked: boolean;
  readonly device: string;
  readonly network: string;
}

export interface ApiKeyDocument {
  readonly _id: string;
  readonly user_id: string;
  readonly name: string;
  readonly secret_hash: string;
  readonly scopes: ApiKey['scopes'];
  readonly created_at: Date;
  readonly expires_at: Date | null;
  readonly last_used_at: Date | null;
}

/** What a user keeps; `_id` is its key. Content is text, so that no name in it means anything to the server. */
export interface OwnDocument {
  readonly _id: string;
  readonly user_id: string;
  readonly kind: StoredDocument['kind'];
  readonly name: string;
  readonly version: number;
  readonly updated_at: Date;
  readonly json: string;
}

/** `_id` is the session. */
export interface DenialDocument {
  readonly _id: string;
  readonly until: Date;
}

/** A security event; `_id` is its number, so that one writer has it. */
export interface AuditEventDocument extends Omit<AuditRecord, 'seq'> {
  readonly _id: number;
}

export interface AuditMarkDocument {
  readonly _id: 'anchor' | 'head';
  readonly seq: number;
  readonly hash: string;
  readonly mac: string;
}

export function userDocument(user: User): UserDocument {
  const { id, email, name, role, passwordHash, createdAt, generation, secondFactor, identities } = user;
  const { lastLoginAt, disabledAt } = user;
  return {
    _id: id,
    email,
    name,
    role,
    password_hash: passwordHash,
    created_at: new Date(createdAt),
    generation,
    ...(lastLoginAt !== null && { last_login_at: new Date(lastLoginAt) }),
    ...(disabledAt !== null && { disabled_at: new Date(disabledAt) }),
    ...(secondFactor && { second_factor: secondFactorDocument(secondFactor) }),
    ...(identities.length > 0 && { identities: identities.map(identityKey) }),
  };
}

export function secondFactorDocument(factor: SecondFactor): SecondFactorDocument {
  const { sealedSecret, inForce, lastStep, recoveryHashes } = factor;
  return {
    sealed_secret: sealedSecret,
    in_force: inForce,
    last_step: lastStep,
    recovery_hashes: recoveryHashes,
  };
}

/** A string, because FerretDB finds an array by its scalars only; JSON keeps issuer and subject apart. */
export const identityKey = ({ issuer, subject }: ExternalIdentity): string =>
  JSON.stringify([issuer, subject]);

function toIdentity(key: string): ExternalIdentity {
  const [issuer, subject] = JSON.parse(key) as [string, string];
  return { issuer, subject };
}

export function toUser(document: UserDocument | null): User | null {
  if (document === null) return null;
  const { _id, email, name, role, password_hash, created_at, second_factor } = document;
  return {
    id: _id,
    email,
    name,
    role,
    passwordHash: password_hash,
    createdAt: created_at.getTime(),
    lastLoginAt: document.last_login_at?.getTime() ?? null,
    disabledAt: document.disabled_at?.getTime() ?? null,
    generation: document.generation ?? 0,
    secondFactor: second_factor ? toSecondFactor(second_factor) : null,
    identities: (document.identities ?? []).map(toIdentity),
  };
}

function toSecondFactor(document: SecondFactorDocument): SecondFactor {
  const { sealed_secret, in_force, last_step, recovery_hashes } = document;
  return {
    sealedSecret: sealed_secret,
    inForce: in_force,
    lastStep: last_step,
    recoveryHashes: recovery_hashes,
  };
}

export function sessionDocument(session: Session): SessionDocument {
  return {
    _id: session.familyId,
    user_id: session.userId,
    secret_hash: session.secretHash,
    previous_hash: session.previousHash,
    created_at: new Date(session.createdAt),
    rotated_at: new Date(session.at),
    expires_at: new Date(session.expiresAt),
    revoked: session.revoked,
    device: session.device,
    network: session.network,
  };
}

export function toSession(document: SessionDocument): Session {
  return {
    familyId: document._id,
    userId: document.user_id,
    secretHash: document.secret_hash,
    previousHash: document.previous_hash,
    createdAt: document.created_at.getTime(),
    at: document.rotated_at.getTime(),
    expiresAt: document.expires_at.getTime(),
    revoked: document.revoked,
    device: document.device,
    network: document.network,
  };
}

export function apiKeyDocument(key: ApiKey): ApiKeyDocument {
  return {
    _id: key.id,
    user_id: key.userId,
    name: key.name,
    secret_hash: key.secretHash,
    scopes: key.scopes,
    created_at: new Date(key.createdAt),
    expires_at: toDate(key.expiresAt),
    last_used_at: toDate(key.lastUsedAt),
  };
}

export function toApiKey(document: ApiKeyDocument): ApiKey {
  return {
    id: document._id,
    userId: document.user_id,
    name: document.name,
    secretHash: document.secret_hash,
    scopes: document.scopes,
    createdAt: document.created_at.getTime(),
    expiresAt: document.expires_at?.getTime() ?? null,
    lastUsedAt: document.last_used_at?.getTime() ?? null,
  };
}

export const documentId = ({ userId, kind, name }: DocumentKey): string =>
  JSON.stringify([userId, kind, name]);

export function ownDocument(document: StoredDocument): OwnDocument {
  const { userId, kind, name, version, updatedAt, json } = document;
  const key = { user_id: userId, kind, name };
  return { _id: documentId(document), ...key, version, updated_at: new Date(updatedAt), json };
}

export const toDocumentHead = ({
  name,
  version,
  updated_at,
}: Pick<OwnDocument, 'name' | 'version' | 'updated_at'>): DocumentHead => ({
  name,
  version,
  updatedAt: updated_at.getTime(),
});

export const toStoredDocument = (document: OwnDocument): StoredDocument => ({
  userId: document.user_id,
  kind: document.kind,
  ...toDocumentHead(document),
  json: document.json,
});

const toDate = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
