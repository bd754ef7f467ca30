import type { Registry } from 'prom-client';
import { createMeter } from '../../kit/health/meter.ts';

export interface AuthMetrics {
  readonly registry: Registry;
  request(action: string, outcome: string): void;
  passwordComputed(): void;
  refreshReused(): void;
  sessionsRemoved(count: number): void;
}

export interface AuthGauges {
  passwordsWaiting(): number;
  revocations(): number;
  auditWaiting(): number;
  auditAppended(): number;
  auditLost(): number;
  auditChecked(): number;
  auditBroken(): boolean;
}

export function createAuthMetrics(gauges: AuthGauges): AuthMetrics {
  const { registry, counter, total, watch } = createMeter('auth');
  const requests = counter(
    'requests_total',
    'Requests by action and outcome: ok, or the code of the error',
    'action',
    'outcome',
  );
  const computations = counter(
    'password_computations_total',
    'Password hashes computed, also for unknown accounts',
  );
  const reuses = counter(
    'refresh_reuses_total',
    'Sessions revoked because a refresh token was used again too late',
  );
  const removed = counter('expired_sessions_total', 'Sessions removed after their expiry');
  watch('passwords_waiting', 'Passwords that wait to be hashed', gauges.passwordsWaiting);
  watch('revocations', 'Sessions whose access tokens are refused before they expire', gauges.revocations);
  total('audit_events_total', 'Security events written to the trail', gauges.auditAppended);
  total(
    'audit_events_lost_total',
    'Security events lost because the store was away for too long',
    gauges.auditLost,
  );
  watch('audit_events_waiting', 'Security events that wait for the store', gauges.auditWaiting);
  watch(
    'audit_checked_seq',
    'Number of the security event up to which the trail was checked last',
    gauges.auditChecked,
  );
  watch('audit_broken', '1 while the trail of security events is not as it was written', () =>
    gauges.auditBroken() ? 1 : 0,
  );
  return {
    registry,
    request: (action, outcome) => requests.inc({ action, outcome }),
    passwordComputed: () => computations.inc(),
    refreshReused: () => reuses.inc(),
    sessionsRemoved: (count) => removed.inc(count),
  };
}
