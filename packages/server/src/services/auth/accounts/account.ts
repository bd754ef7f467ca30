import { type changePassword, type getMe, isoTime, type listSessions } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { Session, User, UserStore } from '../../../ports/stores/users/user-store.ts';
import type { Audit } from '../audit/audit.ts';
import type { ClientInfo } from '../http/client-info.ts';
import type { SecondFactors } from '../login/second-factor.ts';
import type { PasswordHasher } from '../secrets/password-hasher.ts';
import type { PasswordRules } from '../secrets/password-rules.ts';
import { apiKeySessionId } from '../sessions/api-key.ts';
import { sessionIdOf } from '../sessions/refresh-token.ts';
import type { Revocations } from '../sessions/revocations.ts';
import { viewOfSessions } from '../sessions/session-view.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { Confirmation } from './confirmation.ts';
import { refusalOfChange } from './users/user-administration.ts';

/** What an owner may do with an account. All reject with `invalid_token` when the account is gone. */
export interface Account {
  me(identity: Identity): Promise<Static<(typeof getMe.schema.response)[200]>>;
  changePassword(
    identity: Identity,
    change: Static<typeof changePassword.schema.body>,
    client: ClientInfo,
  ): Promise<void>;
  sessions(identity: Identity): Promise<Static<(typeof listSessions.schema.response)[200]>>;
  /** Rejects with `not_found`. */
  revokeSession(identity: Identity, sessionId: string): Promise<void>;
  /** Resolves with how many sessions ended. */
  logoutEverywhere(identity: Identity): Promise<number>;
  remove(identity: Identity, password: string | undefined, client: ClientInfo): Promise<void>;
  beginSecondFactor(
    identity: Identity,
    password: string | undefined,
    client: ClientInfo,
  ): ReturnType<SecondFactors['begin']>;
  confirmSecondFactor(identity: Identity, code: string): Promise<string[]>;
  removeSecondFactor(
    identity: Identity,
    given: { password?: string; code: string },
    client: ClientInfo,
  ): Promise<void>;
}

export interface AccountOptions {
  readonly users: UserStore;
  readonly sessions: Sessions;
  readonly revocations: Revocations;
  readonly confirmation: Confirmation;
  readonly secondFactors: SecondFactors;
  readonly hasher: PasswordHasher;
  readonly rules: PasswordRules;
  readonly audit: Audit;
}

export function createAccount(options: AccountOptions): Account {
  const { users, sessions, revocations, confirmation, secondFactors, hasher, rules, audit } = options;

  const ownerOf = async ({ userId }: Identity): Promise<User> => {
    const user = await users.byId(userId);
    if (user === null) throw new DeltaStreamError('invalid_token', 'the account is gone');
    return user;
  };
  const isOf =
    ({ sessionId }: Identity) =>
    ({ familyId }: Session) =>
      sessionIdOf(familyId) === sessionId;
  /** After the credentials changed, so that a login under the old ones is revoked or sees the change. */
  const endOtherSessions = async (identity: Identity) => {
    const others = (await sessions.live(identity.userId)).filter((each) => !isOf(identity)(each));
    await sessions.revoke(others);
  };

  return {
    async me(identity) {
      const user = await ownerOf(identity);
      const factor = user.secondFactor?.inForce ? user.secondFactor : null;
      return {
        id: user.id,
        email: user.email,
        name: user.name,
        role: user.role,
        created_at: isoTime(user.createdAt),
        has_password: user.passwordHash !== null,
        second_factor: factor !== null,
        recovery_codes_left: factor?.recoveryHashes.length ?? 0,
        identities: user.identities.map(({ issuer }) => ({ issuer })),
      };
    },

    async changePassword(identity, change, client) {
      const user = await ownerOf(identity);
      await confirmation.confirm(user, identity, change.current_password, client);
      rules.check(change.new_password, [user.email, user.name]);
      const hash = await hasher.hash(change.new_password, { network: client.network, known: true });
      if (!(await users.changePassword(user.id, user.passwordHash, hash))) {
        throw new DeltaStreamError('invalid_credentials', 'the password was changed meanwhile');
      }
      await endOtherSessions(identity);
      audit('password_changed', { user_id: user.id, session_id: identity.sessionId, ip: client.ip });
    },

    async sessions(identity) {
      return viewOfSessions(await sessions.live(identity.userId), identity);
    },

    async revokeSession(identity, sessionId) {
      const found = (await sessions.live(identity.userId)).find(isOf({ ...identity, sessionId }));
      if (found === undefined) throw new DeltaStreamError('not_found', 'session_id: no live session has it');
      await sessions.revoke([found]);
      audit('session_revoked', { user_id: identity.userId, session_id: sessionId });
    },

    async logoutEverywhere(identity) {
      const ended = await sessions.revoke(await sessions.live(identity.userId));
      audit('session_revoked_all', { user_id: identity.userId, sessions: ended });
      return ended;
    },

    async remove(identity, password, client) {
      const user = await ownerOf(identity);
      await confirmation.confirm(user, identity, password, client);
      // The user first: what a login under way adds after this finds nobody and ends itself.
      if (!(await users.remove(user.id))) throw await refusalOfChange(users, user.id, 'invalid_token');
      await sessions.revoke(await users.sessionsOf(user.id));
      const keys = await users.apiKeysOf(user.id);
      await revocations.revoke(keys.map(({ id }) => apiKeySessionId(id)));
      await Promise.all([
        users.removeSessionsOf(user.id),
        users.removeApiKeysOf(user.id),
        users.removeDocumentsOf(user.id),
      ]);
      audit('user_deleted', { user_id: user.id, ip: client.ip });
    },

    async beginSecondFactor(identity, password, client) {
      const user = await ownerOf(identity);
      await confirmation.confirm(user, identity, password, client);
      return secondFactors.begin(user);
    },

    async confirmSecondFactor(identity, code) {
      const codes = await secondFactors.confirm(await ownerOf(identity), code);
      await endOtherSessions(identity);
      audit('second_factor_enabled', { user_id: identity.userId, session_id: identity.sessionId });
      return codes;
    },

    async removeSecondFactor(identity, { password, code }, client) {
      const user = await ownerOf(identity);
      if (!user.secondFactor?.inForce) {
        throw new DeltaStreamError('no_second_factor', 'no second factor is in force');
      }
      await confirmation.confirm(user, identity, password, client);
      await secondFactors.require(user, code);
      await users.removeSecondFactor(user.id);
      audit('second_factor_removed', { user_id: user.id, session_id: identity.sessionId, ip: client.ip });
    },
  };
}
