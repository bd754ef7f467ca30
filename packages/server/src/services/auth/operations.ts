import type { login, Role, register, verify } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Logger } from '../../kit/log.ts';
import type { TokenVerifier } from '../../kit/token.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/user-store.ts';
import type { AttemptLimits } from './attempt-limits.ts';
import { normaliseEmail } from './email.ts';
import { newUser } from './new-user.ts';
import type { PasswordHasher } from './password-hasher.ts';
import { parseRefreshToken } from './refresh-token.ts';
import type { SessionAnswer, Sessions } from './sessions.ts';

type Registration = Static<typeof register.schema.body>;
type Credentials = Static<typeof login.schema.body>;
type Verification = Static<(typeof verify.schema.response)[200]>;

/** What the routes do; each rejects with a DeltaStreamError of the catalogue. */
export interface AuthOperations {
  register(registration: Registration, ip: string): Promise<SessionAnswer>;
  login(credentials: Credentials, ip: string): Promise<SessionAnswer>;
  refresh(token: string, ip: string): Promise<SessionAnswer>;
  verify(token: string): Promise<Verification>;
}

interface AuthLimits {
  readonly register: AttemptLimits;
  readonly login: AttemptLimits;
  readonly refresh: AttemptLimits;
}

export interface OperationParts {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: AuthLimits;
  readonly hasher: PasswordHasher;
  readonly sessions: Sessions;
  readonly verifier: TokenVerifier;
}

const FIRST_ROLE: Role = 'viewer';
const NOT_VALID: Verification = { valid: false, user_id: null, email: null, role: null, exp: null };

export function createOperations(parts: OperationParts): AuthOperations {
  const { users, clock, logger, limits, hasher, sessions, verifier } = parts;
  return {
    async register({ email: given, password, name }, ip) {
      const email = normaliseEmail(given);
      await limits.register.count(ip, email);
      if ((await users.byEmail(email)) !== null) {
        throw new DeltaStreamError('email_taken', 'an account with this email exists');
      }
      const user = newUser(email, name, FIRST_ROLE, await hasher.hash(password), clock.now());
      await users.create(user);
      logger.info({ user_id: user.id, role: user.role }, 'user registered');
      return sessions.open(user);
    },

    async login({ email: given, password }, ip) {
      const email = normaliseEmail(given);
      await limits.login.count(ip, email);
      const user = await users.byEmail(email);
      const matches = await hasher.matches(password, user?.passwordHash ?? null);
      if (user === null || !matches) {
        logger.info({ ip, user_id: user?.id ?? null }, 'login refused');
        throw new DeltaStreamError('invalid_credentials', 'email or password is wrong');
      }
      logger.info({ ip, user_id: user.id }, 'login');
      return sessions.open(user);
    },

    async refresh(token, ip) {
      await limits.refresh.count(ip, parseRefreshToken(token)?.familyId ?? '');
      return sessions.refresh(token);
    },

    async verify(token) {
      try {
        const { userId, email, role, exp } = await verifier.verify(token);
        return { valid: true, user_id: userId, email, role, exp };
      } catch (error) {
        if (error instanceof DeltaStreamError && error.code === 'invalid_token') return NOT_VALID;
        throw error;
      }
    },
  };
}
