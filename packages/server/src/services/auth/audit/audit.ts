import type { OperatorCommand, SecurityEvent } from '@deltastream/contracts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { AuditTrail } from './audit-trail.ts';

/** Ids and addresses only: never an email, a password, a token, a code or a hash. */
interface AuditDetails extends Partial<CommandDetails> {
  readonly user_id?: string | null;
  /** The administrator who did it. */
  readonly by?: string | null;
  readonly session_id?: string;
  readonly key_id?: string | null;
  readonly ip?: string | null;
  readonly network?: string;
  readonly method?: 'password' | 'external';
  readonly provider?: string;
  readonly role?: string;
  readonly sessions?: number;
}

/** Of what an operator told a service to do. */
interface CommandDetails
  extends Pick<OperatorCommand, 'command' | 'handled_by' | 'target' | 'request' | 'result' | 'request_id'> {
  readonly command_id: string;
  /** When it was told, ISO-8601. */
  readonly at: string;
}

export type Audit = (event: SecurityEvent, details: AuditDetails) => void;

/**
 * Writes security events to the trail in the user store, and to the log, where the logging service keeps them for
 * search: entries of service `auth` with `audit: true`.
 */
export const createAudit =
  (logger: Logger, trail: Pick<AuditTrail, 'add'>): Audit =>
  (event, details) => {
    logger.event(event, { audit: true, ...details });
    trail.add(event, { ...details });
  };
