import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Identity } from '../../../kit/tokens/token.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { User } from '../../../ports/stores/users/user-store.ts';
import type { Audit } from '../audit/audit.ts';
import type { ClientInfo } from '../http/client-info.ts';
import type { PasswordHasher } from '../secrets/password-hasher.ts';
import { sessionIdOf } from '../sessions/refresh-token.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { LoginThrottle } from '../throttle/login-throttle.ts';

/** Makes sure that it is the owner who asks, not somebody at an unattended screen or with a stolen token. */
export interface Confirmation {
  /**
   * Rejects with `invalid_credentials` when the password is wrong or missing, with `login_too_old` when the
   * account has none and the session is not fresh, and with `too_many_requests`.
   */
  confirm(user: User, identity: Identity, password: string | undefined, client: ClientInfo): Promise<void>;
  /** Rejects with `login_too_old` when the session is not fresh. */
  requireFresh(identity: Identity): Promise<void>;
}

export interface ConfirmationOptions {
  readonly hasher: PasswordHasher;
  readonly throttle: LoginThrottle;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly freshMs: number;
}

export function createConfirmation(options: ConfirmationOptions): Confirmation {
  const { hasher, throttle, sessions, clock, audit, freshMs } = options;

  const requireFresh = async ({ userId, sessionId }: Identity) => {
    const session = (await sessions.live(userId)).find(({ familyId }) => sessionIdOf(familyId) === sessionId);
    if (session && clock.now() - session.createdAt <= freshMs) return;
    throw new DeltaStreamError('login_too_old', 'log in again before this');
  };

  return {
    requireFresh,
    async confirm(user, identity, password, { network, ip }) {
      if (user.passwordHash === null) return requireFresh(identity);
      // The session counts as the device: guesses with a stolen token do not use up the owner's attempts.
      const knownDevice = `session ${identity.sessionId}`;
      await throttle.attempt({ network, account: user.email, knownDevice }, async () => {
        const party = { network, known: true };
        if (password !== undefined && (await hasher.matches(password, user.passwordHash, party))) return;
        audit('confirmation_refused', { user_id: user.id, session_id: identity.sessionId, ip });
        throw new DeltaStreamError('invalid_credentials', 'the password is wrong');
      });
    },
  };
}
