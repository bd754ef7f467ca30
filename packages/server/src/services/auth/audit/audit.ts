import type { Logger } from '../../../kit/logging/log.ts';

/** Everything that a security review wants to find later. */
type AuditEvent =
  | 'user.registered'
  | 'user.deleted'
  | 'user.role_changed'
  | 'user.disabled'
  | 'user.enabled'
  | 'login.succeeded'
  | 'login.refused'
  | 'login.throttled'
  | 'login.second_factor_refused'
  | 'session.reused'
  | 'session.revoked'
  | 'session.revoked_all'
  | 'password.changed'
  | 'password.rehashed'
  | 'confirmation.refused'
  | 'second_factor.enabled'
  | 'second_factor.removed'
  | 'second_factor.recovery_code_used'
  | 'api_key.created'
  | 'api_key.revoked'
  | 'api_key.refused'
  | 'identity.linked'
  | 'external_login.refused';

/** Ids and addresses only: never an email, a password, a token, a code or a hash. */
interface AuditDetails {
  readonly user_id?: string | null;
  /** The administrator who did it. */
  readonly by?: string;
  readonly session_id?: string;
  readonly key_id?: string;
  readonly ip?: string;
  readonly network?: string;
  readonly method?: 'password' | 'external';
  readonly provider?: string;
  readonly role?: string;
  readonly sessions?: number;
}

export type Audit = (event: AuditEvent, details: AuditDetails) => void;

const WARNINGS: ReadonlySet<AuditEvent> = new Set([
  'login.throttled',
  'session.reused',
  'second_factor.recovery_code_used',
]);

/** Writes security events where the logging service keeps them: entries of service `auth` with `audit: true`. */
export const createAudit =
  (logger: Logger): Audit =>
  (event, details) => {
    const entry = { audit: true, event, ...details };
    if (WARNINGS.has(event)) logger.warn(entry, event);
    else logger.info(entry, event);
  };
