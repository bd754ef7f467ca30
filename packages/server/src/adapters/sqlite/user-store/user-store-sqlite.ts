import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { createOpenedFile } from '../../../kit/files/opened-file.ts';
import { isCorrupt, isNoDatabase } from '../../../kit/files/sqlite-errors.ts';
import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { isNewerSchema } from '../file-schema.ts';
import { openDatabase } from '../open-database.ts';
import { createOpenMark, markOf, type OpenMark } from '../open-mark.ts';
import { USER_STORE, type UserStoreSettings } from '../settings.ts';
import { inTransaction } from '../transaction.ts';
import { createAuditMethods } from './audit-methods.ts';
import { type Row, toApiKey, toDocument, toDocumentHead, toSession, toUser } from './rows.ts';
import { USERS_SCHEMA } from './schema.ts';
import { prepareStatements } from './statements.ts';

export interface SqliteUserStoreOptions extends Partial<UserStoreSettings> {
  readonly file: string;
  /** A file that is there only where there were accounts: beside it, accounts that are missing were lost. */
  readonly companion?: string;
}

/** What SQLite says of a violated uniqueness, and what that means here. */
const TAKEN = [
  [/UNIQUE constraint failed: user\.email/, 'email_taken', 'an account with this email exists'],
  [/UNIQUE constraint failed: identity\./, 'identity_taken', 'the external identity belongs to an account'],
] as const;

/**
 * Accounts, sessions, API keys, documents and security events in one SQLite file. Statements run on the calling thread:
 * each touches one row by key or a bounded range, and writes are as rare as log-ins and changes of a workspace.
 *
 * Once the file is removed or replaced every operation rejects with `store_failed`, and with `stored_data_damaged` what
 * meets a damaged page.
 * Throws `data_folder_unusable` when the file cannot be opened, is not a database, or was lost: accounts are never
 * replaced by none. Throws `newer_release` when it is of one.
 */
export function createSqliteUserStore(options: SqliteUserStoreOptions): UserStore {
  const { file } = options;
  const mark = createOpenMark(file);
  refuseLost(options, mark);
  const database = open(file, options.busyTimeoutMs ?? USER_STORE.defaults.busyTimeoutMs);
  mark.set();
  const opened = createOpenedFile(file);
  const sql = prepareStatements(database);

  const attempt = <T>(work: () => T): T => {
    if (!database.isOpen) throw new DeltaStreamError('stopped', 'the user store is closed');
    const gone = opened.problem();
    if (gone !== null) throw new DeltaStreamError('store_failed', `the user store: ${gone}`);
    try {
      return work();
    } catch (cause) {
      const taken = TAKEN.find(([pattern]) => pattern.test(reasonOf(cause)));
      if (taken) throw new DeltaStreamError(taken[1], taken[2], { cause });
      if (isCorrupt(cause)) {
        throw new DeltaStreamError('stored_data_damaged', `${basename(file)}: ${withRemedy(cause)}`, {
          cause,
        });
      }
      throw new DeltaStreamError('store_failed', `the user store: ${reasonOf(cause)}`, { cause });
    }
  };
  const together = <T>(work: () => T): T => attempt(() => inTransaction(database, work));
  const changed = (work: () => { changes: number | bigint }): boolean => attempt(work).changes === 1;
  const user = (work: () => Row | undefined) => {
    const row = attempt(work);
    return row ? toUser(row) : null;
  };

  return {
    async create({ id, email, name, role, passwordHash, createdAt, generation, ...user }) {
      const { lastLoginAt, disabledAt, secondFactor, identities } = user;
      together(() => {
        const {
          sealedSecret = null,
          inForce = false,
          lastStep = 0,
          recoveryHashes = [],
        } = secondFactor ?? {};
        const factor = [sealedSecret, Number(inForce), lastStep] as const;
        const times = [lastLoginAt, disabledAt] as const;
        sql.insertUser.run(id, email, name, role, passwordHash, createdAt, generation, ...factor, ...times);
        for (const hash of recoveryHashes) sql.insertRecoveryCode.run(id, hash);
        for (const { issuer, subject } of identities) sql.insertIdentity.run(issuer, subject, id);
      });
    },
    byEmail: async (email) => user(() => sql.userByEmail.get(email)),
    byId: async (id) => user(() => sql.userById.get(id)),
    byIdentity: async ({ issuer, subject }) => user(() => sql.userByIdentity.get(issuer, subject)),
    addIdentity: async (userId, { issuer, subject }) =>
      changed(() => sql.insertIdentity.run(issuer, subject, userId)),
    // No email is empty.
    usersAfter: async (email, limit) => attempt(() => sql.usersAfter.all(email ?? '', limit)).map(toUser),
    noteLogin: async (userId, atMs) => changed(() => sql.noteLogin.run(atMs, userId)),
    rehashPassword: async (userId, from, to) => changed(() => sql.rehashPassword.run(to, userId, from)),
    changePassword: async (userId, from, to) => changed(() => sql.changePassword.run(to, userId, from)),
    changeRole: async (userId, role) => changed(() => sql.changeRole.run(role, userId)),
    disable: async (userId, atMs) => changed(() => sql.disable.run(atMs, userId)),
    enable: async (userId) => changed(() => sql.enable.run(userId)),
    remove: async (userId) =>
      together(() => {
        if (sql.deleteUser.run(userId).changes !== 1) return false;
        sql.deleteIdentities.run(userId);
        sql.deleteRecoveryCodes.run(userId);
        return true;
      }),

    beginSecondFactor: async (userId, secret) => changed(() => sql.beginFactor.run(secret, userId)),
    confirmSecondFactor: async (userId, secret, step, recoveryHashes) =>
      together(() => {
        if (sql.confirmFactor.run(step, userId, secret).changes !== 1) return false;
        for (const hash of recoveryHashes) sql.insertRecoveryCode.run(userId, hash);
        return true;
      }),
    useCode: async (userId, step) => changed(() => sql.useCode.run(step, userId, step)),
    useRecoveryCode: async (userId, hash) => changed(() => sql.useRecoveryCode.run(userId, hash)),
    removeSecondFactor: async (userId) =>
      together(() => {
        sql.deleteRecoveryCodes.run(userId);
        return sql.removeFactor.run(userId).changes === 1;
      }),

    async createSession(session) {
      const { familyId, userId, secretHash, previousHash, createdAt, at, expiresAt, revoked } = session;
      const { device, network } = session;
      const times = [createdAt, at, expiresAt] as const;
      attempt(() =>
        sql.insertSession.run(
          familyId,
          userId,
          secretHash,
          previousHash,
          ...times,
          Number(revoked),
          device,
          network,
        ),
      );
    },
    async session(familyId) {
      const row = attempt(() => sql.sessionById.get(familyId));
      return row ? toSession(row) : null;
    },
    sessionsOf: async (userId) => attempt(() => sql.sessionsOf.all(userId)).map(toSession),
    rotate: async (familyId, fromHash, { secretHash, at, expiresAt, network }) =>
      changed(() => sql.rotateSession.run(secretHash, at, expiresAt, network, familyId, fromHash, at)),
    revoke: async (familyId) => changed(() => sql.revokeSession.run(familyId)),
    async removeSessionsOf(userId) {
      attempt(() => sql.deleteSessionsOf.run(userId));
    },
    removeExpiredSessions: async (nowMs) =>
      Number(attempt(() => sql.deleteExpiredSessions.run(nowMs)).changes),

    async createApiKey({ id, userId, name, secretHash, scopes, createdAt, expiresAt, lastUsedAt }) {
      const times = [createdAt, expiresAt, lastUsedAt] as const;
      attempt(() => sql.insertApiKey.run(id, userId, name, secretHash, scopes.join(' '), ...times));
    },
    async apiKey(id) {
      const row = attempt(() => sql.apiKeyById.get(id));
      return row ? toApiKey(row) : null;
    },
    apiKeysOf: async (userId) => attempt(() => sql.apiKeysOf.all(userId)).map(toApiKey),
    touchApiKey: async (id, nowMs, beforeMs) => changed(() => sql.touchApiKey.run(nowMs, id, beforeMs)),
    removeApiKey: async (userId, id) => changed(() => sql.deleteApiKey.run(userId, id)),
    async removeApiKeysOf(userId) {
      attempt(() => sql.deleteApiKeysOf.run(userId));
    },

    async document({ userId, kind, name }) {
      const row = attempt(() => sql.documentByKey.get(userId, kind, name));
      return row ? toDocument(row) : null;
    },
    documentsOf: async (userId, kind) => attempt(() => sql.documentsOf.all(userId, kind)).map(toDocumentHead),
    putDocument: async ({ userId, kind, name, version, updatedAt, json }, from) =>
      changed(() =>
        from === 0
          ? sql.insertDocument.run(userId, kind, name, version, updatedAt, json)
          : sql.updateDocument.run(version, updatedAt, json, userId, kind, name, from),
      ),
    removeDocument: async ({ userId, kind, name }, version) =>
      changed(() => sql.deleteDocument.run(userId, kind, name, version)),
    async removeDocumentsOf(userId) {
      attempt(() => sql.deleteDocumentsOf.run(userId));
    },
    removeOrphans: async () =>
      together(() => {
        const gone = [sql.deleteOrphanedApiKeys.run(), sql.deleteOrphanedDocuments.run()];
        return gone.reduce((sum, { changes }) => sum + Number(changes), 0);
      }),

    async deny(sessionId, untilMs) {
      attempt(() => sql.deny.run(sessionId, untilMs));
    },
    denials: async (nowMs) =>
      attempt(() => {
        sql.deleteDenials.run(nowMs);
        const rows = sql.denials.all(nowMs);
        return rows.map((row) => ({ sessionId: row.session_id as string, untilMs: row.until as number }));
      }),
    ...createAuditMethods(database, attempt),
    async close() {
      if (!database.isOpen) return;
      mark.clear();
      database.close();
    },
  };
}

/** Throws where what was stored is gone, so that nobody signs up as the first account of a platform that had others. */
function refuseLost({ file, companion }: SqliteUserStoreOptions, mark: OpenMark): void {
  const name = basename(file);
  const held = statSync(file, { throwIfNoEntry: false });
  const lost = (reason: string, orElse: string) =>
    new DeltaStreamError(
      'data_folder_unusable',
      `${file}: ${reason}: restore it from a backup (deltastream restore), or ${orElse}`,
    );
  if (mark.logWasLost) {
    const reason =
      'its write-ahead log is missing, and with it what was changed last, such as passwords and ended sessions';
    throw lost(
      reason,
      `remove ${basename(markOf(file))} to go on with what is there, which is everything if another program, such as sqlite3, has opened it since`,
    );
  }
  if (held?.size === 0) throw lost('it is empty', `remove ${name} to begin without accounts`);
  if (held === undefined && companion !== undefined && existsSync(companion)) {
    const other = basename(companion);
    throw lost(`it is missing, and ${other} is there`, `remove ${other}, too, to begin without accounts`);
  }
}

/** The reason, and of a damaged file what fits: nobody else has what it holds. */
const withRemedy = (error: unknown): string =>
  isCorrupt(error) || isNoDatabase(error)
    ? `${reasonOf(error)}; restore it from a backup, or move it and auth-key.json away to begin without accounts`
    : reasonOf(error);

function open(file: string, busyTimeoutMs: number): DatabaseSync {
  try {
    return openDatabase({ file, schema: USERS_SCHEMA, synchronous: 'FULL', busyTimeoutMs, isPrivate: true });
  } catch (error) {
    const code = isNewerSchema(error) ? 'newer_release' : 'data_folder_unusable';
    throw new DeltaStreamError(code, `${file} cannot be opened: ${withRemedy(error)}`, {
      cause: error,
    });
  }
}
