import type {
  ApiKey,
  ApiKeyMethods,
  SessionMethods,
  Session as UserSession,
} from '../../../ports/stores/users/user-store.ts';
import type { PostgresConnection } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { createChange } from './change.ts';

/** Refresh families and denied sessions. */
export function createSessionMethods(connection: PostgresConnection): SessionMethods {
  const { schema, run } = connection;
  const change = createChange(connection);
  const found = (condition: string, value: string) =>
    run(async (session) => {
      const text = `SELECT * FROM ${schema}.session WHERE ${condition} ORDER BY created_at DESC`;
      return (await session.query(text, [value])).rows.map(sessionOf);
    });
  return {
    async createSession(session) {
      const { familyId, userId, secretHash, previousHash, createdAt, at, expiresAt } = session;
      await change(
        `INSERT INTO ${schema}.session VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        ...[familyId, userId, secretHash, previousHash, instant(createdAt), instant(at), instant(expiresAt)],
        ...[session.revoked, session.device, session.network],
      );
    },
    session: async (familyId) => (await found('family_id = $1', familyId))[0] ?? null,
    sessionsOf: (userId) => found('user_id = $1', userId),
    rotate: async (familyId, fromHash, { secretHash, at, expiresAt, network }) =>
      (await change(
        `UPDATE ${schema}.session
         SET secret_hash = $3, previous_hash = $2, rotated_at = $4, expires_at = $5, network = $6
         WHERE family_id = $1 AND secret_hash = $2 AND NOT revoked AND expires_at > $4`,
        ...[familyId, fromHash, secretHash, instant(at), instant(expiresAt), network],
      )) === 1,
    revoke: async (familyId) =>
      (await change(
        `UPDATE ${schema}.session SET revoked = true WHERE family_id = $1 AND NOT revoked`,
        familyId,
      )) === 1,
    async removeSessionsOf(userId) {
      await change(`DELETE FROM ${schema}.session WHERE user_id = $1`, userId);
    },
    removeExpiredSessions: (nowMs) =>
      change(`DELETE FROM ${schema}.session WHERE expires_at <= $1`, instant(nowMs)),

    async deny(sessionId, untilMs) {
      await change(
        `INSERT INTO ${schema}.denial AS held VALUES ($1, $2)
         ON CONFLICT (session_id) DO UPDATE SET until = greatest(held.until, excluded.until)`,
        ...[sessionId, instant(untilMs)],
      );
    },
    denials: (nowMs) =>
      run(async (session) => {
        const now = [instant(nowMs)];
        await session.query(`DELETE FROM ${schema}.denial WHERE until <= $1`, now);
        const { rows } = await session.query(`SELECT * FROM ${schema}.denial WHERE until > $1`, now);
        return rows.map(({ session_id, until }) => ({ sessionId: session_id, untilMs: until }));
      }),
  };
}

export function createApiKeyMethods(connection: PostgresConnection): ApiKeyMethods {
  const { schema, run } = connection;
  const change = createChange(connection);
  const found = (condition: string, value: string) =>
    run(async (session) => {
      const text = `SELECT * FROM ${schema}.api_key WHERE ${condition} ORDER BY created_at DESC`;
      return (await session.query(text, [value])).rows.map(apiKeyOf);
    });
  return {
    async createApiKey({ id, userId, name, secretHash, scopes, createdAt, expiresAt, lastUsedAt }) {
      await change(
        `INSERT INTO ${schema}.api_key VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
        ...[id, userId, name, secretHash, scopes, instant(createdAt)],
        ...[expiresAt, lastUsedAt].map((at) => (at === null ? null : instant(at))),
      );
    },
    apiKey: async (id) => (await found('id = $1', id))[0] ?? null,
    apiKeysOf: (userId) => found('user_id = $1', userId),
    touchApiKey: async (id, nowMs, beforeMs) =>
      (await change(
        `UPDATE ${schema}.api_key SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)`,
        ...[id, instant(nowMs), instant(beforeMs)],
      )) === 1,
    removeApiKey: async (userId, id) =>
      (await change(`DELETE FROM ${schema}.api_key WHERE id = $1 AND user_id = $2`, id, userId)) === 1,
    async removeApiKeysOf(userId) {
      await change(`DELETE FROM ${schema}.api_key WHERE user_id = $1`, userId);
    },
  };
}

const sessionOf = (record: Record<string, unknown>): UserSession =>
  ({
    familyId: record.family_id,
    userId: record.user_id,
    secretHash: record.secret_hash,
    previousHash: record.previous_hash,
    createdAt: record.created_at,
    at: record.rotated_at,
    expiresAt: record.expires_at,
    revoked: record.revoked,
    device: record.device,
    network: record.network,
  }) as UserSession;

const apiKeyOf = (record: Record<string, unknown>): ApiKey =>
  ({
    id: record.id,
    userId: record.user_id,
    name: record.name,
    secretHash: record.secret_hash,
    scopes: record.scopes,
    createdAt: record.created_at,
    expiresAt: record.expires_at,
    lastUsedAt: record.last_used_at,
  }) as ApiKey;
