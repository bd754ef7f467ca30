import type { Db, Filter, UpdateFilter } from 'mongodb';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { AccountMethods, ExternalIdentity } from '../../../ports/stores/users/user-store.ts';
import { isDuplicateKey, type MongoConnection } from '../connect.ts';
import { users } from './collections.ts';
import { identityKey, secondFactorDocument, toUser, type UserDocument, userDocument } from './documents.ts';

/**
 * Users with their second factors and identities, each in one document, so that every change is one
 * command.
 *
 * Emails and identities are unique by an index. FerretDB's indexes do not look into arrays: identities are
 * looked up before they are written, which is enough there because updates run one at a time.
 */
export function createAccountMethods({ run, update }: MongoConnection): AccountMethods {
  /** Resolves with whether the user was there and met the condition. */
  const change = (filter: Filter<UserDocument>, changes: UpdateFilter<UserDocument>): Promise<boolean> =>
    update(async (db) => (await users(db).updateOne(filter, changes)).matchedCount === 1);

  /**
   * Makes a change that may take an administrator away, if that leaves one who is not disabled. It is announced first:
   * of two who go at the same time at least one sees the other, which does not count any more, and stays. Who went has
   * no announcement to take back: the next time as an administrator begins without. A process that is killed in between
   * leaves the announcement, and with it one administrator more, never one less; another role and `admin` again end it.
   */
  const leavingAdmin = (userId: string, leave: (db: Db) => Promise<boolean>): Promise<boolean> =>
    update(async (db) => {
      const who = { _id: userId, ...ACTIVE_ADMIN };
      const announced = await users(db).updateOne(who, { $inc: { leaving: 1 } });
      if (announced.matchedCount === 0) return leave(db);
      const stays = {
        _id: { $ne: userId },
        ...ACTIVE_ADMIN,
        $or: [{ leaving: { $exists: false } }, { leaving: 0 }],
      };
      let isDone = false;
      try {
        isDone = (await users(db).findOne(stays, LATEST)) !== null && (await leave(db));
      } finally {
        if (!isDone) await users(db).updateOne({ ...who, leaving: { $gt: 0 } }, { $inc: { leaving: -1 } });
      }
      return isDone;
    });

  return {
    create: (user) =>
      update(async (db) => {
        await refuseTaken(db, user.identities);
        try {
          await users(db).insertOne(userDocument(user));
        } catch (error) {
          // Which key was taken is not in every server's answer.
          if (!isDuplicateKey(error)) throw error;
          if (await users(db).findOne({ email: user.email }, LATEST)) {
            throw new DeltaStreamError('email_taken', 'an account with this email exists', { cause: error });
          }
          await refuseTaken(db, user.identities);
          throw error;
        }
      }),
    byEmail: (email) => run(async (db) => toUser(await users(db).findOne({ email }))),
    byId: (id) => run(async (db) => toUser(await users(db).findOne({ _id: id }))),
    byIdentity: (identity) => run(async (db) => toUser(await users(db).findOne(holds(identity)))),
    usersAfter: (email, limit) =>
      run(async (db) => {
        const after = users(db).find(email === null ? {} : { email: { $gt: email } });
        const found = await after.sort({ email: 1 }).limit(limit).toArray();
        return found.flatMap((document) => toUser(document) ?? []);
      }),
    noteLogin: (userId, atMs) => change({ _id: userId }, { $set: { last_login_at: new Date(atMs) } }),
    addIdentity: (userId, identity) =>
      update(async (db) => {
        if (!(await users(db).findOne({ _id: userId }))) return false;
        await refuseTaken(db, [identity]);
        try {
          const { matchedCount, modifiedCount } = await users(db).updateOne(
            { _id: userId },
            { $addToSet: { identities: identityKey(identity) } },
          );
          // An index does not compare a document with itself: the user got the identity meanwhile.
          if (matchedCount > modifiedCount) throw identityTaken();
          return matchedCount === 1;
        } catch (error) {
          throw isDuplicateKey(error) ? identityTaken(error) : error;
        }
      }),
    rehashPassword: (userId, from, to) =>
      change({ _id: userId, password_hash: from }, { $set: { password_hash: to } }),
    changePassword: (userId, from, to) =>
      change({ _id: userId, password_hash: from }, { $set: { password_hash: to }, $inc: { generation: 1 } }),
    changeRole: (userId, role) => {
      const counted = { $set: { role }, $inc: { generation: 1 } };
      if (role === 'admin') return change({ _id: userId }, { ...counted, $unset: { leaving: '' } });
      const leave = async (db: Db) =>
        (await users(db).updateOne({ _id: userId }, counted)).matchedCount === 1;
      return leavingAdmin(userId, leave);
    },
    disable: (userId, atMs) =>
      leavingAdmin(userId, async (db) => {
        const { matchedCount } = await users(db).updateOne(
          { _id: userId, disabled_at: { $exists: false } },
          { $set: { disabled_at: new Date(atMs) }, $inc: { generation: 1 } },
        );
        return matchedCount === 1;
      }),
    enable: (userId) =>
      change({ _id: userId, disabled_at: { $exists: true } }, { $unset: { disabled_at: '', leaving: '' } }),
    remove: (userId) =>
      leavingAdmin(userId, async (db) => (await users(db).deleteOne({ _id: userId })).deletedCount === 1),

    beginSecondFactor: (userId, sealedSecret) => {
      const begun = secondFactorDocument({ sealedSecret, inForce: false, lastStep: 0, recoveryHashes: [] });
      return change(
        { _id: userId, 'second_factor.in_force': { $ne: true } },
        { $set: { second_factor: begun } },
      );
    },
    confirmSecondFactor: (userId, sealedSecret, step, recoveryHashes) => {
      const confirmed = secondFactorDocument({ sealedSecret, inForce: true, lastStep: step, recoveryHashes });
      return change(
        { _id: userId, 'second_factor.sealed_secret': sealedSecret, 'second_factor.in_force': false },
        { $set: { second_factor: confirmed }, $inc: { generation: 1 } },
      );
    },
    useCode: (userId, step) =>
      change(
        { _id: userId, 'second_factor.in_force': true, 'second_factor.last_step': { $lt: step } },
        { $set: { 'second_factor.last_step': step } },
      ),
    useRecoveryCode: (userId, hash) =>
      change(
        { _id: userId, 'second_factor.in_force': true, 'second_factor.recovery_hashes': hash },
        { $pull: { 'second_factor.recovery_hashes': hash } },
      ),
    removeSecondFactor: (userId) =>
      change({ _id: userId, second_factor: { $exists: true } }, { $unset: { second_factor: '' } }),
  };
}

/** An administrator who may log in. */
const ACTIVE_ADMIN = { role: 'admin', disabled_at: { $exists: false } } as const;

/** A key can be taken by a write that a majority does not have yet. */
const LATEST = { readConcern: { level: 'local' } } as const;

const holds = (identity: ExternalIdentity): Filter<UserDocument> => ({ identities: identityKey(identity) });

async function refuseTaken(db: Db, identities: readonly ExternalIdentity[]): Promise<void> {
  for (const identity of identities) {
    if (await users(db).findOne(holds(identity), LATEST)) throw identityTaken();
  }
}

const identityTaken = (cause?: unknown) =>
  new DeltaStreamError('identity_taken', 'the external identity belongs to an account', { cause });
