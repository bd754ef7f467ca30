import type { ApiKeyMethods, SessionMethods } from '../../../ports/stores/users/user-store.ts';
import { type MongoConnection, retryTakenKeys } from '../connect.ts';
import { apiKeys, denials, sessions } from './collections.ts';
import { apiKeyDocument, sessionDocument, toApiKey, toSession } from './documents.ts';

/**
 * Refresh families and denied sessions. Those past their time are removed by the store's own methods alone:
 * a TTL index would do the same a minute later, and not on every server.
 */
export function createSessionMethods({ run, update }: MongoConnection): SessionMethods {
  return {
    createSession: (session) =>
      run(async (db) => {
        await sessions(db).insertOne(sessionDocument(session));
      }),
    session: (familyId) =>
      run(async (db) => {
        const document = await sessions(db).findOne({ _id: familyId });
        return document && toSession(document);
      }),
    sessionsOf: (userId) =>
      run(async (db) => {
        const found = await sessions(db).find({ user_id: userId }).sort({ created_at: -1 }).toArray();
        return found.map(toSession);
      }),
    rotate: (familyId, fromHash, { secretHash, at, expiresAt, network }) =>
      update(async (db) => {
        const rotatedAt = new Date(at);
        const { matchedCount } = await sessions(db).updateOne(
          { _id: familyId, secret_hash: fromHash, revoked: false, expires_at: { $gt: rotatedAt } },
          {
            $set: {
              secret_hash: secretHash,
              previous_hash: fromHash,
              rotated_at: rotatedAt,
              expires_at: new Date(expiresAt),
              network,
            },
          },
        );
        return matchedCount === 1;
      }),
    revoke: (familyId) =>
      update(async (db) => {
        const { matchedCount } = await sessions(db).updateOne(
          { _id: familyId, revoked: false },
          { $set: { revoked: true } },
        );
        return matchedCount === 1;
      }),
    removeSessionsOf: (userId) =>
      update(async (db) => {
        await sessions(db).deleteMany({ user_id: userId });
      }),
    removeExpiredSessions: (nowMs) =>
      update(async (db) => {
        const { deletedCount } = await sessions(db).deleteMany({ expires_at: { $lte: new Date(nowMs) } });
        return deletedCount;
      }),

    deny: (sessionId, untilMs) =>
      update(async (db) => {
        const later = { $max: { until: new Date(untilMs) } };
        await retryTakenKeys(() => denials(db).updateOne({ _id: sessionId }, later, { upsert: true }));
      }),
    denials: (nowMs) =>
      update(async (db) => {
        const now = new Date(nowMs);
        await denials(db).deleteMany({ until: { $lte: now } });
        const found = await denials(db)
          .find({ until: { $gt: now } })
          .toArray();
        return found.map(({ _id, until }) => ({ sessionId: _id, untilMs: until.getTime() }));
      }),
  };
}

export function createApiKeyMethods({ run, update }: MongoConnection): ApiKeyMethods {
  return {
    createApiKey: (key) =>
      run(async (db) => {
        await apiKeys(db).insertOne(apiKeyDocument(key));
      }),
    apiKey: (id) =>
      run(async (db) => {
        const document = await apiKeys(db).findOne({ _id: id });
        return document && toApiKey(document);
      }),
    apiKeysOf: (userId) =>
      run(async (db) => {
        const found = await apiKeys(db).find({ user_id: userId }).sort({ created_at: -1 }).toArray();
        return found.map(toApiKey);
      }),
    touchApiKey: (id, nowMs, beforeMs) =>
      update(async (db) => {
        const { matchedCount } = await apiKeys(db).updateOne(
          { _id: id, $or: [{ last_used_at: null }, { last_used_at: { $lt: new Date(beforeMs) } }] },
          { $set: { last_used_at: new Date(nowMs) } },
        );
        return matchedCount === 1;
      }),
    removeApiKey: (userId, id) =>
      update(async (db) => (await apiKeys(db).deleteOne({ _id: id, user_id: userId })).deletedCount === 1),
    removeApiKeysOf: (userId) =>
      update(async (db) => {
        await apiKeys(db).deleteMany({ user_id: userId });
      }),
  };
}
