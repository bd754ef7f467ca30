import { randomBytes } from 'node:crypto';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { SealedBox } from '../../../kit/secrets/sealed-box.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { User, UserStore } from '../../../ports/stores/users/user-store.ts';
import type { Audit } from '../audit/audit.ts';
import type { Backoff } from '../throttle/backoff.ts';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.ts';
import { base32, matchingStep, otpauthUrl } from './totp.ts';

/** TOTP with single-use codes, and recovery codes. */
export interface SecondFactors {
  /** A secret that is not in force yet. Rejects with `second_factor_active`. */
  begin(user: User): Promise<{ secret: string; otpauth_url: string }>;
  /** Puts it in force; resolves with the recovery codes. Rejects with `no_second_factor`, `invalid_code` or `too_many_requests`. */
  confirm(user: User, code: string): Promise<string[]>;
  /** Uses a code up. Rejects with `second_factor_required`, `invalid_code` or `too_many_requests`. */
  require(user: User, code: string | undefined): Promise<void>;
}

export interface SecondFactorsOptions {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly box: SealedBox;
  readonly audit: Audit;
  /** Slows guesses of codes down for each user. */
  readonly backoff: Backoff;
  /** The platform's name in authenticators. */
  readonly issuer: string;
}

/** As long as SHA-1's output, as RFC 4226 advises. */
const SECRET_BYTES = 20;
const TOTP = /^\d{6}$/;

export function createSecondFactors(options: SecondFactorsOptions): SecondFactors {
  const { users, clock, box, audit, backoff, issuer } = options;

  const secretOf = (user: User): Buffer => {
    const opened = user.secondFactor && box.open(user.secondFactor.sealedSecret, user.id);
    if (opened) return Buffer.from(opened, 'base64url');
    throw new DeltaStreamError('internal', 'the second factor was sealed with another key file');
  };

  const use = async (user: User, code: string): Promise<boolean> => {
    if (TOTP.test(code)) {
      const step = matchingStep(secretOf(user), code, clock.now());
      return step !== null && users.useCode(user.id, step);
    }
    const hash = hashRecoveryCode(code);
    const used = hash !== null && (await users.useRecoveryCode(user.id, hash));
    if (used) audit('second_factor_recovery_code_used', { user_id: user.id });
    return used;
  };

  return {
    async begin(user) {
      const secret = randomBytes(SECRET_BYTES);
      if (!(await users.beginSecondFactor(user.id, box.seal(secret.toString('base64url'), user.id)))) {
        throw new DeltaStreamError('second_factor_active', 'remove the second factor that is in force first');
      }
      return { secret: base32(secret), otpauth_url: otpauthUrl(secret, issuer, user.email) };
    },

    async confirm(user, code) {
      const { secondFactor } = user;
      if (secondFactor === null || secondFactor.inForce) {
        throw new DeltaStreamError('no_second_factor', 'no second factor was begun');
      }
      backoff.begin(user.id);
      const step = matchingStep(secretOf(user), code, clock.now());
      if (step === null) throw wrong();
      backoff.forgive(user.id);
      const codes = newRecoveryCodes();
      const hashes = codes.map((each) => hashRecoveryCode(each) as string);
      if (!(await users.confirmSecondFactor(user.id, secondFactor.sealedSecret, step, hashes))) {
        throw new DeltaStreamError('no_second_factor', 'the second factor was begun again meanwhile');
      }
      return codes;
    },

    async require(user, code) {
      if (!user.secondFactor?.inForce) return;
      if (code === undefined) {
        throw new DeltaStreamError('second_factor_required', 'the password is right; a code is needed, too');
      }
      backoff.begin(user.id);
      if (!(await use(user, code))) throw wrong();
      backoff.forgive(user.id);
    },
  };
}

const wrong = () => new DeltaStreamError('invalid_code', 'code: is wrong, too old or used');
