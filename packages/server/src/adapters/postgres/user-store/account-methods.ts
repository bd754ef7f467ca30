import { DeltaStreamError } from '../../../kit/errors.ts';
import type { AccountMethods, ExternalIdentity, User } from '../../../ports/stores/users/user-store.ts';
import type { PostgresConnection, Session } from '../database/connect.ts';
import { instant } from '../database/instants.ts';
import { violated } from '../database/server-errors.ts';

/** Users with their second factors and identities. Emails and identities are unique by a constraint. */
export function createAccountMethods(connection: PostgresConnection): AccountMethods {
  const { schema, run, transaction } = connection;

  /** Changes the account of an id that meets a condition; resolves with whether it was there and met it. */
  const change = (set: string, condition: string, id: string, ...values: readonly unknown[]) =>
    run(async (session) => {
      const text = `UPDATE ${schema}.account SET ${set} WHERE id = $1 AND ${condition}`;
      return (await session.query(text, [id, ...values])).rowCount === 1;
    });
  /**
   * Runs a statement that may take an administrator away, if that leaves one who is not disabled. Accounts hold still
   * meanwhile, so that of two who go at the same time the second finds the first gone. Locks of rows would not do: who
   * stopped being an administrator while a row was waited for is locked out of order, which ends in a deadlock.
   */
  const leavingAdmin = async (text: string, also: string, id: string, ...values: readonly unknown[]) => {
    let isDone = false;
    await transaction(async (session) => {
      await session.query(`LOCK TABLE ${schema}.account IN SHARE ROW EXCLUSIVE MODE`);
      const others = `SELECT FROM ${schema}.account a WHERE ${ACTIVE_ADMIN} AND a.id <> account.id`;
      const condition = `id = $1 AND ${also} AND (role <> 'admin' OR disabled_at IS NOT NULL OR EXISTS (${others}))`;
      isDone = (await session.query(`${text} WHERE ${condition}`, [id, ...values])).rowCount === 1;
      return [];
    });
    return isDone;
  };
  const allFound = (condition: string, ...values: readonly unknown[]) =>
    run(async (session) => {
      const { rows } = await session.query(
        `SELECT a.*, coalesce(
           (SELECT json_agg(json_build_object('issuer', i.issuer, 'subject', i.subject) ORDER BY i.position)
            FROM ${schema}.identity i WHERE i.user_id = a.id), '[]') AS identities
         FROM ${schema}.account a WHERE ${condition}`,
        [...values],
      );
      return rows.map(userOf);
    });
  const found = async (condition: string, ...values: readonly unknown[]) =>
    (await allFound(condition, ...values))[0] ?? null;
  const insertIdentity = (session: Session, userId: string, { issuer, subject }: ExternalIdentity) =>
    session.query(
      `INSERT INTO ${schema}.identity (issuer, subject, user_id) SELECT $1, $2, id FROM ${schema}.account WHERE id = $3`,
      [issuer, subject, userId],
    );

  return {
    create: (user) =>
      sayWhatIsTaken(() =>
        transaction(async (session) => {
          const { id, email, name, role, passwordHash, createdAt, generation, secondFactor } = user;
          const { lastLoginAt, disabledAt } = user;
          await session.query(
            `INSERT INTO ${schema}.account VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
            [
              ...[id, email, name, role, passwordHash, instant(createdAt), generation],
              secondFactor?.sealedSecret ?? null,
              secondFactor?.inForce ?? false,
              secondFactor?.lastStep ?? 0,
              secondFactor?.recoveryHashes ?? [],
              ...[lastLoginAt, disabledAt].map((at) => (at === null ? null : instant(at))),
            ],
          );
          for (const identity of user.identities) await insertIdentity(session, id, identity);
          return [];
        }),
      ),
    byEmail: (email) => found('a.email = $1', email),
    byId: (id) => found('a.id = $1', id),
    byIdentity: ({ issuer, subject }) =>
      found(
        `a.id = (SELECT user_id FROM ${schema}.identity WHERE issuer = $1 AND subject = $2)`,
        issuer,
        subject,
      ),
    usersAfter: (email, limit) =>
      allFound('($1::text IS NULL OR a.email > $1) ORDER BY a.email LIMIT $2', email, limit),
    noteLogin: (userId, atMs) => change('last_login_at = $2', 'true', userId, instant(atMs)),
    addIdentity: (userId, identity) =>
      sayWhatIsTaken(() =>
        run(async (session) => (await insertIdentity(session, userId, identity)).rowCount === 1),
      ),
    rehashPassword: (userId, from, to) =>
      change('password_hash = $3', 'password_hash = $2', userId, from, to),
    changePassword: (userId, from, to) =>
      change(
        'password_hash = $3, generation = generation + 1',
        'password_hash IS NOT DISTINCT FROM $2',
        userId,
        from,
        to,
      ),
    changeRole: (userId, role) =>
      role === 'admin'
        ? change("role = 'admin', generation = generation + 1", 'true', userId)
        : leavingAdmin(
            `UPDATE ${schema}.account SET role = $2, generation = generation + 1`,
            'true',
            userId,
            role,
          ),
    disable: (userId, atMs) =>
      leavingAdmin(
        `UPDATE ${schema}.account SET disabled_at = $2, generation = generation + 1`,
        'disabled_at IS NULL',
        userId,
        instant(atMs),
      ),
    enable: (userId) => change('disabled_at = NULL', 'disabled_at IS NOT NULL', userId),
    remove: (userId) => leavingAdmin(`DELETE FROM ${schema}.account`, 'true', userId),

    beginSecondFactor: (userId, sealedSecret) =>
      change(
        "factor_secret = $2, factor_last_step = 0, recovery_hashes = '{}'",
        'NOT factor_in_force',
        userId,
        sealedSecret,
      ),
    confirmSecondFactor: (userId, sealedSecret, step, recoveryHashes) =>
      change(
        'factor_in_force = true, factor_last_step = $3, recovery_hashes = $4, generation = generation + 1',
        'NOT factor_in_force AND factor_secret = $2',
        userId,
        ...[sealedSecret, step, recoveryHashes],
      ),
    useCode: (userId, step) =>
      change('factor_last_step = $2', 'factor_in_force AND factor_last_step < $2', userId, step),
    useRecoveryCode: (userId, hash) =>
      change(
        'recovery_hashes = array_remove(recovery_hashes, $2)',
        'factor_in_force AND $2 = ANY (recovery_hashes)',
        userId,
        hash,
      ),
    removeSecondFactor: (userId) =>
      change(
        "factor_secret = NULL, factor_in_force = false, factor_last_step = 0, recovery_hashes = '{}'",
        'factor_secret IS NOT NULL',
        userId,
      ),
  };
}

const ACTIVE_ADMIN = "a.role = 'admin' AND a.disabled_at IS NULL";

/** The constraint that a row violates says what was taken. */
async function sayWhatIsTaken<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const constraint = error instanceof DeltaStreamError ? violated(error.cause) : null;
    if (constraint === 'account_email') {
      throw new DeltaStreamError('email_taken', 'an account with this email exists', { cause: error });
    }
    if (constraint === 'identity_owner') {
      throw new DeltaStreamError('identity_taken', 'the external identity belongs to an account', {
        cause: error,
      });
    }
    throw error;
  }
}

interface AccountRecord {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: User['role'];
  readonly password_hash: string | null;
  readonly created_at: number;
  readonly last_login_at: number | null;
  readonly disabled_at: number | null;
  readonly generation: number;
  readonly factor_secret: string | null;
  readonly factor_in_force: boolean;
  readonly factor_last_step: number;
  readonly recovery_hashes: readonly string[];
  readonly identities: readonly ExternalIdentity[];
}

function userOf(record: AccountRecord): User {
  const { id, email, name, role, password_hash, created_at, generation, factor_secret, identities } = record;
  return {
    ...{ id, email, name, role, generation, identities },
    passwordHash: password_hash,
    createdAt: created_at,
    lastLoginAt: record.last_login_at,
    disabledAt: record.disabled_at,
    secondFactor:
      factor_secret === null
        ? null
        : {
            sealedSecret: factor_secret,
            inForce: record.factor_in_force,
            lastStep: record.factor_last_step,
            recoveryHashes: record.recovery_hashes,
          },
  };
}
