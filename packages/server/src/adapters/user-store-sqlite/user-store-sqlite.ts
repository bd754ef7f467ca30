import type { DatabaseSync } from 'node:sqlite';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import type { Session, User, UserStore } from '../../ports/user-store.ts';
import { openDatabase } from '../sqlite/open-database.ts';
import { USER_STORE_STEPS } from './schema.ts';

export interface SqliteUserStoreOptions {
  readonly file: string;
  /** How long a write waits for another process, such as a command that creates a user. */
  readonly busyTimeoutMs?: number;
}

const USER_STORE_BUSY_TIMEOUT_MS = 2000;

/** SQLite's extended code of a violated UNIQUE constraint, here only the email; a primary key has another. */
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/**
 * Accounts and sessions in one SQLite file. Statements run on the calling thread: each touches one row
 * by key, and writes are as rare as log-ins.
 *
 * Throws `data_folder_unusable` when the file cannot be opened, is no database or is of a newer release.
 */
export function createSqliteUserStore(options: SqliteUserStoreOptions): UserStore {
  const { file } = options;
  const database = open(file, options.busyTimeoutMs ?? USER_STORE_BUSY_TIMEOUT_MS);
  const insertUser = database.prepare('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)');
  const userByEmail = database.prepare('SELECT * FROM user WHERE email = ?');
  const userById = database.prepare('SELECT * FROM user WHERE id = ?');
  const insertSession = database.prepare('INSERT INTO session VALUES (?, ?, ?, ?, ?)');
  const sessionById = database.prepare('SELECT * FROM session WHERE family_id = ?');
  const rotateSession = database.prepare(
    'UPDATE session SET secret_hash = ?, expires_at = ? WHERE family_id = ? AND secret_hash = ? AND revoked = 0',
  );
  const revokeSession = database.prepare('UPDATE session SET revoked = 1 WHERE family_id = ?');
  const deleteExpired = database.prepare('DELETE FROM session WHERE expires_at <= ?');

  const attempt = <T>(work: () => T): T => {
    if (!database.isOpen) throw new DeltaStreamError('stopped', 'the user store is closed');
    try {
      return work();
    } catch (error) {
      if (isUniqueViolation(error)) {
        throw new DeltaStreamError('email_taken', 'an account with this email exists', { cause: error });
      }
      throw new DeltaStreamError('store_failed', `the user store: ${reasonOf(error)}`, { cause: error });
    }
  };

  return {
    async create({ id, email, name, role, passwordHash, createdAt }) {
      attempt(() => insertUser.run(id, email, name, role, passwordHash, createdAt));
    },
    async byEmail(email) {
      return toUser(attempt(() => userByEmail.get(email)));
    },
    async byId(id) {
      return toUser(attempt(() => userById.get(id)));
    },
    async createSession({ familyId, userId, secretHash, expiresAt, revoked }) {
      attempt(() => insertSession.run(familyId, userId, secretHash, expiresAt, revoked ? 1 : 0));
    },
    async session(familyId) {
      return toSession(attempt(() => sessionById.get(familyId)));
    },
    async rotate(familyId, fromHash, toHash, expiresAt) {
      return attempt(() => rotateSession.run(toHash, expiresAt, familyId, fromHash)).changes === 1;
    },
    async revoke(familyId) {
      attempt(() => revokeSession.run(familyId));
    },
    async removeExpiredSessions(nowMs) {
      return Number(attempt(() => deleteExpired.run(nowMs)).changes);
    },
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function open(file: string, busyTimeoutMs: number): DatabaseSync {
  try {
    return openDatabase({ file, steps: USER_STORE_STEPS, synchronous: 'FULL', busyTimeoutMs });
  } catch (error) {
    throw new DeltaStreamError('data_folder_unusable', `${file} cannot be opened: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error && 'errcode' in error && error.errcode === SQLITE_CONSTRAINT_UNIQUE;

type Row = Record<string, unknown> | undefined;

function toUser(row: Row): User | null {
  if (row === undefined) return null;
  return {
    id: row.id as string,
    email: row.email as string,
    name: row.name as string,
    role: row.role as User['role'],
    passwordHash: row.password_hash as string,
    createdAt: row.created_at as number,
  };
}

function toSession(row: Row): Session | null {
  if (row === undefined) return null;
  return {
    familyId: row.family_id as string,
    userId: row.user_id as string,
    secretHash: row.secret_hash as string,
    expiresAt: row.expires_at as number,
    revoked: row.revoked === 1,
  };
}
