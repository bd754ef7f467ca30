import type { SessionView } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Logger } from '../../kit/log.ts';
import type { Clock } from '../../ports/clock.ts';
import type { User, UserStore } from '../../ports/user-store.ts';
import { signAccessToken } from './access-token.ts';
import {
  formatRefreshToken,
  hashSecret,
  isSecretOf,
  newFamilyId,
  newSecret,
  parseRefreshToken,
  sessionIdOf,
} from './refresh-token.ts';
import type { AuthSettings } from './settings.ts';
import type { SigningKey } from './signing-key.ts';

export type SessionAnswer = Static<typeof SessionView>;

export interface Sessions {
  /** Begins a family of refresh tokens. */
  open(user: User): Promise<SessionAnswer>;
  /**
   * Exchanges a refresh token for its successor. A token that was exchanged before revokes its family,
   * also when two exchanges of it run at the same time: one of the two holders may be a thief, and nobody
   * can tell which. Rejects with `invalid_token`.
   */
  refresh(token: string): Promise<SessionAnswer>;
}

export interface SessionsOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly key: SigningKey;
  readonly settings: AuthSettings;
  /** Called when a family is revoked because a token was used twice. */
  readonly onReuse: () => void;
}

export function createSessions(options: SessionsOptions): Sessions {
  const { users, clock, logger, key, settings, onReuse } = options;
  const { issuer, audience, accessTokenSeconds: lifetimeSeconds } = settings;
  const expiry = () => clock.now() + settings.refreshTokenSeconds * 1000;

  const answer = async (user: User, familyId: string, secret: string): Promise<SessionAnswer> => {
    const claims = { issuer, audience, lifetimeSeconds };
    return {
      token: await signAccessToken(key, claims, user, sessionIdOf(familyId), clock.now()),
      refresh_token: formatRefreshToken({ familyId, secret }),
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      user: { id: user.id, email: user.email, name: user.name, role: user.role },
    };
  };

  const revokeForReuse = async (familyId: string, userId: string) => {
    await users.revoke(familyId);
    onReuse();
    logger.warn(
      { user_id: userId, session_id: sessionIdOf(familyId) },
      'session revoked: a refresh token was used twice',
    );
  };

  return {
    async open(user) {
      const familyId = newFamilyId();
      const secret = newSecret();
      const secretHash = hashSecret(secret);
      await users.createSession({
        familyId,
        userId: user.id,
        secretHash,
        expiresAt: expiry(),
        revoked: false,
      });
      return answer(user, familyId, secret);
    },

    async refresh(text) {
      const token = parseRefreshToken(text);
      const session = token && (await users.session(token.familyId));
      if (token === null || session === null || session.revoked || session.expiresAt <= clock.now()) {
        throw refused();
      }
      const { familyId, userId, secretHash } = session;
      const user = await users.byId(userId);
      if (user === null) throw refused();
      const successor = newSecret();
      const rotated =
        isSecretOf(token.secret, secretHash) &&
        (await users.rotate(familyId, secretHash, hashSecret(successor), expiry()));
      if (!rotated) {
        await revokeForReuse(familyId, userId);
        throw refused();
      }
      return answer(user, familyId, successor);
    },
  };
}

const refused = () =>
  new DeltaStreamError('invalid_token', 'the refresh token is unknown, expired, used or revoked');
