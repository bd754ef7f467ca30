import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { login, Role, register } from '@deltastream/contracts';
import type { Static } from 'typebox';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { User, UserStore } from '../../../ports/stores/users/user-store.ts';
import { normaliseEmail } from '../accounts/email.ts';
import { newUser } from '../accounts/new-user.ts';
import type { Audit } from '../audit/audit.ts';
import type { ClientInfo } from '../http/client-info.ts';
import type { PasswordHasher } from '../secrets/password-hasher.ts';
import type { PasswordRules } from '../secrets/password-rules.ts';
import type { SessionResponse, Sessions } from '../sessions/sessions.ts';
import type { LoginThrottle } from '../throttle/login-throttle.ts';
import type { Party } from '../throttle/turns.ts';
import type { KnownDevices } from './known-device.ts';
import type { SecondFactors } from './second-factor.ts';

/** A session, and the mark by which the device will be known again; null when it has one. */
export interface LoginResult {
  readonly session: SessionResponse;
  readonly deviceMark: string | null;
}

export interface LogIn {
  register(registration: Static<typeof register.schema.body>, client: ClientInfo): Promise<LoginResult>;
  login(credentials: Static<typeof login.schema.body>, client: ClientInfo): Promise<LoginResult>;
}

export interface LogInOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly audit: Audit;
  readonly hasher: PasswordHasher;
  readonly rules: PasswordRules;
  readonly sessions: Sessions;
  readonly secondFactors: SecondFactors;
  readonly devices: KnownDevices;
  readonly throttle: LoginThrottle;
  readonly registrationLimit: (network: string, subject: string) => Promise<void>;
  readonly openRegistration: boolean;
  readonly refusalJitterMs: number;
}

const FIRST_ROLE: Role = 'viewer';

export function createLogIn(options: LogInOptions): LogIn {
  const { users, clock, audit, hasher, rules, sessions, secondFactors, devices, throttle } = options;

  const response = (session: SessionResponse, email: string, known: string | null): LoginResult => ({
    session,
    deviceMark: known === null ? devices.mark(email, clock.now()) : null,
  });

  /** A stored form that is out of date is replaced while the password is at hand. */
  const renewHash = async (user: User, password: string, party: Party) => {
    if (user.passwordHash === null || !hasher.outdated(user.passwordHash)) return;
    const hash = await hasher.hash(password, party);
    const renewed = await users.rehashPassword(user.id, user.passwordHash, hash);
    if (renewed) audit('password_rehashed', { user_id: user.id });
  };

  return {
    async register({ email: given, password, name }, client) {
      if (!options.openRegistration) {
        throw new DeltaStreamError('registration_closed', 'registration is closed here');
      }
      const email = normaliseEmail(given);
      await options.registrationLimit(client.network, email);
      rules.check(password, [email, name ?? '']);
      if ((await users.byEmail(email)) !== null) {
        throw new DeltaStreamError('email_taken', 'an account with this email exists');
      }
      const passwordHash = await hasher.hash(password, { network: client.network, known: false });
      const user = newUser({ email, name, role: FIRST_ROLE, passwordHash }, clock.now());
      await users.create(user);
      audit('user_registered', { user_id: user.id, role: user.role, ip: client.ip, method: 'password' });
      return response(await sessions.open(user, client), email, null);
    },

    async login({ email: given, password, code }, client) {
      const email = normaliseEmail(given);
      const { ip, network } = client;
      const knownDevice = devices.recognise(client.deviceMark, email, clock.now());
      const party = { network, known: knownDevice !== null };
      const user = await throttle.attempt({ network, account: email, knownDevice }, async () => {
        const found = await users.byEmail(email);
        const matches = await hasher.matches(password, found?.passwordHash ?? null, party);
        if (found === null || !matches) {
          audit('login_refused', { user_id: found?.id ?? null, ip, method: 'password' });
          // Both cases hash once; this drowns the microseconds by which a row that is there takes longer.
          await sleep(randomInt(options.refusalJitterMs + 1));
          throw new DeltaStreamError('invalid_credentials', 'email or password is wrong');
        }
        try {
          await secondFactors.require(found, code);
        } catch (error) {
          if (code !== undefined) audit('login_second_factor_refused', { user_id: found.id, ip });
          throw error;
        }
        return found;
      });
      const session = await sessions.open(user, client);
      await renewHash(user, password, party);
      audit('login_succeeded', { user_id: user.id, ip, method: 'password' });
      return response(session, email, knownDevice);
    },
  };
}
