import type {
  ApiKey,
  DocumentHead,
  ExternalIdentity,
  Session,
  StoredDocument,
  User,
} from '../../../ports/stores/users/user-store.ts';

/** A row as SQLite returns it; the tables are STRICT, so a column has the type its schema says. */
export type Row = Record<string, unknown>;

export function toUser(row: Row): User {
  return {
    id: row.id as string,
    email: row.email as string,
    name: row.name as string,
    role: row.role as User['role'],
    passwordHash: row.password_hash as string | null,
    createdAt: row.created_at as number,
    lastLoginAt: row.last_login_at as number | null,
    disabledAt: row.disabled_at as number | null,
    generation: row.generation as number,
    secondFactor:
      row.factor_secret === null
        ? null
        : {
            sealedSecret: row.factor_secret as string,
            inForce: row.factor_in_force === 1,
            lastStep: row.factor_last_step as number,
            recoveryHashes: JSON.parse(row.recovery_hashes as string) as string[],
          },
    identities: JSON.parse(row.identities as string) as ExternalIdentity[],
  };
}

export function toSession(row: Row): Session {
  return {
    familyId: row.family_id as string,
    userId: row.user_id as string,
    secretHash: row.secret_hash as string,
    previousHash: row.previous_hash as string | null,
    createdAt: row.created_at as number,
    at: row.rotated_at as number,
    expiresAt: row.expires_at as number,
    revoked: row.revoked === 1,
    device: row.device as string,
    network: row.network as string,
  };
}

export function toApiKey(row: Row): ApiKey {
  return {
    id: row.id as string,
    userId: row.user_id as string,
    name: row.name as string,
    secretHash: row.secret_hash as string,
    scopes: (row.scopes as string).split(' ') as ApiKey['scopes'],
    createdAt: row.created_at as number,
    expiresAt: row.expires_at as number | null,
    lastUsedAt: row.last_used_at as number | null,
  };
}

export const toDocumentHead = (row: Row): DocumentHead => ({
  name: row.name as string,
  version: row.version as number,
  updatedAt: row.updated_at as number,
});

export const toDocument = (row: Row): StoredDocument => ({
  userId: row.user_id as string,
  kind: row.kind as StoredDocument['kind'],
  ...toDocumentHead(row),
  json: row.json as string,
});
