import { isoTime, type LiveSessions, type listUsers, ROLES, type Role } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import type { Identity } from '../../../../kit/tokens/token.ts';
import type { Clock } from '../../../../ports/clock.ts';
import type { User, UserStore } from '../../../../ports/stores/users/user-store.ts';
import type { Audit } from '../../audit/audit.ts';
import { apiKeySessionId } from '../../sessions/api-key.ts';
import type { Revocations } from '../../sessions/revocations.ts';
import { viewOfSessions } from '../../sessions/session-view.ts';
import type { Sessions } from '../../sessions/sessions.ts';

type UserPage = Static<(typeof listUsers.schema.response)[200]>;
type ManagedUser = UserPage['users'][number];

/**
 * What administrators do with accounts. All but the list reject with `not_found`; those that would leave no
 * administrator who may log in with `last_admin`. What an account may not do any more its tokens may not either.
 * With `forbidden` all reject for an API key of that account, and `changeRole` to `admin` for any.
 */
export interface UserAdministration {
  /** Rejects with `invalid_request` for a cursor that no page gave. */
  list(query: { readonly limit?: number; readonly cursor?: string }): Promise<UserPage>;
  changeRole(by: Identity, userId: string, role: Role): Promise<ManagedUser>;
  disable(by: Identity, userId: string): Promise<ManagedUser>;
  enable(by: Identity, userId: string): Promise<ManagedUser>;
  sessions(by: Identity, userId: string): Promise<Static<typeof LiveSessions>>;
  /** Resolves with how many ended. */
  endSessions(by: Identity, userId: string): Promise<number>;
}

export interface UserAdministrationOptions {
  readonly users: UserStore;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly clock: Clock;
  readonly audit: Audit;
}

const DEFAULT_LIMIT = 100;

export function createUserAdministration(options: UserAdministrationOptions): UserAdministration {
  const { users, sessions, revocations, clock, audit } = options;

  const found = async (userId: string): Promise<User> => {
    const user = await users.byId(userId);
    if (user === null) throw unknownUser();
    return user;
  };
  const endSessionsOf = async (userId: string) => sessions.revoke(await sessions.live(userId));
  /** After the change, so that what a login or an exchange under way makes is revoked or sees it. */
  const endAccess = async (userId: string) => {
    await endSessionsOf(userId);
    const keys = await users.apiKeysOf(userId);
    await revocations.revoke(keys.map(({ id }) => apiKeySessionId(id)));
  };

  return {
    async list({ limit = DEFAULT_LIMIT, cursor }) {
      const after = cursor === undefined ? null : emailOf(cursor);
      const read = await users.usersAfter(after, limit + 1);
      const page = read.slice(0, limit);
      const last = read.length > limit ? page.at(-1) : undefined;
      return { users: page.map(viewOf), next_cursor: last ? cursorAfter(last.email) : null };
    },

    async changeRole(by, userId, role) {
      requireAnother(by, userId);
      if (by.scopes !== null && role === 'admin') throw forbidden('an API key may not make administrators');
      const before = await found(userId);
      if (before.role !== role) {
        if (!(await users.changeRole(userId, role))) throw await refusalOfChange(users, userId);
        audit('user_role_changed', { user_id: userId, by: by.userId, role });
      }
      const after = await found(userId);
      // A rise is one only where no other change came between. A role that is stored already is none: the process that
      // stored it may have ended before it came to this.
      const rose = isHigher(role, before.role) && after.generation === before.generation + 1;
      if (!rose && role !== 'admin') await endAccess(userId);
      return viewOf(after);
    },

    async disable(identity, userId) {
      requireAnother(identity, userId);
      const by = identity.userId;
      if (await users.disable(userId, clock.now())) audit('user_disabled', { user_id: userId, by });
      else if ((await found(userId)).disabledAt === null) throw lastAdmin();
      // Also of one that is disabled already: the process that did it may have ended before it came to this.
      await endAccess(userId);
      return viewOf(await found(userId));
    },

    async enable(identity, userId) {
      requireAnother(identity, userId);
      const by = identity.userId;
      if (await users.enable(userId)) audit('user_enabled', { user_id: userId, by });
      return viewOf(await found(userId));
    },

    async sessions(by, userId) {
      requireAnother(by, userId);
      await found(userId);
      return viewOfSessions(await sessions.live(userId), by);
    },

    async endSessions(identity, userId) {
      requireAnother(identity, userId);
      const by = identity.userId;
      await found(userId);
      const ended = await endSessionsOf(userId);
      audit('session_revoked_all', { user_id: userId, by, sessions: ended });
      return ended;
    },
  };
}

/** A key is given to a program, so that its owner can revoke it: it must not lock its owner out. */
function requireAnother({ scopes, userId }: Identity, other: string): void {
  if (scopes !== null && userId === other)
    throw forbidden('an API key may not manage the account of its owner');
}

const isHigher = (role: Role, than: Role): boolean => ROLES.indexOf(role) > ROLES.indexOf(than);

/** Why a store did not take a user out of the administrators: it is gone, or it is the last of them. */
export async function refusalOfChange(
  users: UserStore,
  userId: string,
  whenGone: 'not_found' | 'invalid_token' = 'not_found',
): Promise<DeltaStreamError> {
  if ((await users.byId(userId)) !== null) return lastAdmin();
  return whenGone === 'not_found' ? unknownUser() : new DeltaStreamError(whenGone, 'the account is gone');
}

const forbidden = (message: string) => new DeltaStreamError('forbidden', message);

const unknownUser = () => new DeltaStreamError('not_found', 'user_id: no account has it');

const lastAdmin = () =>
  new DeltaStreamError('last_admin', 'the account is the only administrator who may log in');

const viewOf = (user: User): ManagedUser => ({
  ...{ id: user.id, email: user.email, name: user.name, role: user.role },
  created_at: isoTime(user.createdAt),
  last_login_at: user.lastLoginAt === null ? null : isoTime(user.lastLoginAt),
  has_password: user.passwordHash !== null,
  second_factor: user.secondFactor?.inForce ?? false,
  disabled_at: user.disabledAt === null ? null : isoTime(user.disabledAt),
});

const cursorAfter = (email: string): string => Buffer.from(email).toString('base64url');

function emailOf(cursor: string): string {
  const email = Buffer.from(cursor, 'base64url').toString();
  if (cursorAfter(email) === cursor && email.includes('@') && !email.includes('\0')) return email;
  throw new DeltaStreamError('invalid_request', 'cursor: is not one that an earlier response gave');
}
