import type { Collection, Db } from 'mongodb';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { UserStore } from '../../ports/user-store.ts';
import { connectMongo, isDuplicateKey, type MongoOptions } from '../mongo/connect.ts';
import {
  SESSIONS,
  type SessionDocument,
  sessionDocument,
  toSession,
  toUser,
  USERS,
  type UserDocument,
  userDocument,
} from './documents.ts';

export type MongoUserStoreOptions = MongoOptions;

/** Apart from market data, so that a role of one database sees users and no other does. */
const DATABASE = 'deltastream_users';

/**
 * Accounts and sessions in a MongoDB database. Every operation is one command on one document, so what it
 * promises needs no transaction. Expired sessions are removed by `removeExpiredSessions` alone: a TTL index
 * would do the same a minute later, and not on every server.
 *
 * Rejects with `store_failed` when no server is there.
 */
export async function createMongoUserStore(options: MongoUserStoreOptions): Promise<UserStore> {
  const connection = await connectMongo(options, DATABASE);
  const { run, update } = connection;
  try {
    await run(createIndexes);
  } catch (error) {
    await connection.close();
    throw error;
  }

  return {
    create: (user) =>
      run(async (db) => {
        try {
          await users(db).insertOne(userDocument(user));
        } catch (error) {
          // Which key was taken is not in every server's answer.
          if (!isDuplicateKey(error) || !(await users(db).findOne({ email: user.email }))) throw error;
          throw new DeltaStreamError('email_taken', 'an account with this email exists', { cause: error });
        }
      }),
    byEmail: (email) => run(async (db) => toUser(await users(db).findOne({ email }))),
    byId: (id) => run(async (db) => toUser(await users(db).findOne({ _id: id }))),
    createSession: (session) =>
      run(async (db) => {
        await sessions(db).insertOne(sessionDocument(session));
      }),
    session: (familyId) => run(async (db) => toSession(await sessions(db).findOne({ _id: familyId }))),
    rotate: (familyId, fromHash, toHash, expiresAt) =>
      update(async (db) => {
        const { matchedCount } = await sessions(db).updateOne(
          { _id: familyId, secret_hash: fromHash, revoked: false },
          { $set: { secret_hash: toHash, expires_at: new Date(expiresAt) } },
        );
        return matchedCount === 1;
      }),
    revoke: (familyId) =>
      update(async (db) => {
        await sessions(db).updateOne({ _id: familyId }, { $set: { revoked: true } });
      }),
    removeExpiredSessions: (nowMs) =>
      update(async (db) => {
        const { deletedCount } = await sessions(db).deleteMany({ expires_at: { $lte: new Date(nowMs) } });
        return deletedCount;
      }),
    close: connection.close,
  };
}

const users = (db: Db): Collection<UserDocument> => db.collection(USERS);
const sessions = (db: Db): Collection<SessionDocument> => db.collection(SESSIONS);

async function createIndexes(db: Db): Promise<void> {
  await users(db).createIndex({ email: 1 }, { unique: true });
  await sessions(db).createIndex({ user_id: 1 });
  await sessions(db).createIndex({ expires_at: 1 });
}
