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
}

export function createAuthMetrics(gauges: AuthGauges): AuthMetrics {
  const { registry, counter, watch } = createMeter('auth');
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
  return {
    registry,
    request: (action, outcome) => requests.inc({ action, outcome }),
    passwordComputed: () => computations.inc(),
    refreshReused: () => reuses.inc(),
    sessionsRemoved: (count) => removed.inc(count),
  };
}
