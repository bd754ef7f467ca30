import type { SessionView } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { Session, User, UserStore } from '../../../ports/stores/users/user-store.ts';
import type { Audit } from '../audit/audit.ts';
import type { ClientInfo } from '../http/client-info.ts';
import type { SigningKeys } from '../secrets/signing-keys.ts';
import type { AuthSettings } from '../settings.ts';
import { signAccessToken } from './access-token.ts';
import {
  formatRefreshToken,
  hashSecret,
  isSecretOf,
  newFamilyId,
  newSecret,
  parseRefreshToken,
  type RefreshToken,
  sessionIdOf,
  successorOf,
} from './refresh-token.ts';
import type { Revocations } from './revocations.ts';

export type SessionResponse = Static<typeof SessionView>;

export interface Sessions {
  /**
   * Begins a family of refresh tokens for a user as it was when the credentials were checked. Rejects with
   * `account_disabled`, and with `invalid_credentials` when they changed since, or the user is gone.
   */
  open(user: User, client: ClientInfo): Promise<SessionResponse>;
  /**
   * Exchanges a refresh token for its successor. Within `refreshGraceMs` the immediate parent gets the
   * same successor again, so many at the same time get one, and a lost response is only asked for again.
   * Anything older revokes the family: one of its holders may be a thief, and nobody can tell which.
   * Rejects with `invalid_token`.
   */
  refresh(token: string, client: ClientInfo): Promise<SessionResponse>;
  /** Revokes the family of a refresh token; anything else is ignored. */
  end(token: string): Promise<void>;
  /** Sessions of a user that are neither revoked nor expired, the newest first. */
  live(userId: string): Promise<Session[]>;
  /** Revokes sessions of a user; resolves with how many were live. */
  revoke(sessions: readonly Session[]): Promise<number>;
}

export interface SessionsOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly keys: SigningKeys;
  readonly refreshKey: Buffer;
  readonly revocations: Revocations;
  readonly settings: AuthSettings;
  readonly audit: Audit;
  /** Called when a family is revoked because a token was used too late. */
  readonly onReuse: () => void;
}

/** An exchange that another one overtook finds out at its second look what became of the session. */
const MAX_TRIES = 3;

export function createSessions(options: SessionsOptions): Sessions {
  const { users, clock, keys, refreshKey, revocations, settings, audit, onReuse } = options;
  const { issuer, audience, accessTokenSeconds: lifetimeSeconds } = settings;
  const idleMs = settings.refreshTokenSeconds * 1000;
  const absoluteMs = settings.sessionSeconds * 1000;

  const expiry = (createdAt: number) => Math.min(clock.now() + idleMs, createdAt + absoluteMs);
  const isLive = ({ revoked, expiresAt }: Session) => !revoked && expiresAt > clock.now();

  const response = async (user: User, token: RefreshToken): Promise<SessionResponse> => {
    const claims = { issuer, audience, lifetimeSeconds };
    const grant = { user, sessionId: sessionIdOf(token.familyId) };
    return {
      token: await signAccessToken(keys.current(), claims, grant, clock.now()),
      refresh_token: formatRefreshToken(token),
      token_type: 'Bearer',
      expires_in: lifetimeSeconds,
      user: { id: user.id, email: user.email, name: user.name, role: user.role },
    };
  };

  const revoke = async (sessions: readonly Session[]): Promise<number> => {
    let ended = 0;
    for (const { familyId } of sessions) if (await users.revoke(familyId)) ended += 1;
    await revocations.revoke(sessions.map(({ familyId }) => sessionIdOf(familyId)));
    return ended;
  };

  const live = async (userId: string) => (await users.sessionsOf(userId)).filter(isLive);

  const revokeForReuse = async (session: Session, { ip }: ClientInfo) => {
    await revoke([session]);
    onReuse();
    audit('session_reused', { user_id: session.userId, session_id: sessionIdOf(session.familyId), ip });
  };

  /** The token that a live session has after this exchange, or null when the exchange is reuse. */
  const exchange = async (token: RefreshToken, session: Session, client: ClientInfo) => {
    const { secretHash, previousHash, at, createdAt } = session;
    const successor = { familyId: token.familyId, secret: successorOf(refreshKey, token) };
    if (isSecretOf(token.secret, secretHash)) {
      const rotated = await users.rotate(token.familyId, secretHash, {
        secretHash: hashSecret(successor.secret),
        at: clock.now(),
        expiresAt: expiry(createdAt),
        network: client.network,
      });
      return rotated ? successor : 'changed';
    }
    // Also where the clock was set back: a token that was exchanged is not good for an hour more.
    const inGrace = Math.abs(clock.now() - at) <= settings.refreshGraceMs;
    return inGrace && isSecretOf(token.secret, previousHash) ? successor : null;
  };

  return {
    live,
    revoke,

    async open(user, client) {
      if (user.disabledAt !== null) {
        audit('login_refused', { user_id: user.id, ip: client.ip });
        throw new DeltaStreamError('account_disabled', 'an administrator has disabled the account');
      }
      const now = clock.now();
      const token = { familyId: newFamilyId(), secret: newSecret() };
      const session: Session = {
        familyId: token.familyId,
        userId: user.id,
        secretHash: hashSecret(token.secret),
        previousHash: null,
        createdAt: now,
        at: now,
        expiresAt: expiry(now),
        revoked: false,
        device: client.device,
        network: client.network,
      };
      await users.createSession(session);
      // A change of credentials is stored first and revokes sessions then. So either this session was
      // there to be revoked, or the change is seen here.
      const present = await users.byId(user.id);
      if (present?.generation !== user.generation) {
        await revoke([session]);
        throw new DeltaStreamError('invalid_credentials', 'the account changed during the login');
      }
      await users.noteLogin(user.id, now);
      const tooMany = (await live(user.id)).slice(settings.maxSessions);
      if (tooMany.length > 0) await revoke(tooMany);
      return response(present, token);
    },

    async refresh(text, client) {
      const token = parseRefreshToken(text);
      if (token === null) throw refused();
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const session = await users.session(token.familyId);
        if (session === null || !isLive(session)) throw refused();
        const user = await users.byId(session.userId);
        if (user === null || user.disabledAt !== null) throw refused();
        const successor = await exchange(token, session, client);
        if (successor === null) {
          await revokeForReuse(session, client);
          throw refused();
        }
        // Another exchange came in between; what it left decides.
        if (successor !== 'changed') return response(user, successor);
      }
      throw new DeltaStreamError('unavailable', 'the session is being refreshed', { retryAfterSeconds: 1 });
    },

    async end(text) {
      const token = parseRefreshToken(text);
      const session = token && (await users.session(token.familyId));
      if (!session) return;
      await revoke([session]);
      audit('session_revoked', { user_id: session.userId, session_id: sessionIdOf(session.familyId) });
    },
  };
}

const refused = () =>
  new DeltaStreamError('invalid_token', 'the refresh token is unknown, expired, used or revoked');
