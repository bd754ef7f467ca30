import { Counter, Gauge, Registry } from 'prom-client';

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
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'deltastream_auth_requests_total',
    help: 'Requests by action and outcome: ok, or the code of the error',
    labelNames: ['action', 'outcome'],
    registers,
  });
  const computations = new Counter({
    name: 'deltastream_auth_password_computations_total',
    help: 'Password hashes computed, also for unknown accounts',
    registers,
  });
  const reuses = new Counter({
    name: 'deltastream_auth_refresh_reuses_total',
    help: 'Sessions revoked because a refresh token was used again too late',
    registers,
  });
  const removed = new Counter({
    name: 'deltastream_auth_expired_sessions_total',
    help: 'Sessions removed after their expiry',
    registers,
  });
  new Gauge({
    name: 'deltastream_auth_passwords_waiting',
    help: 'Passwords that wait to be hashed',
    registers,
    collect() {
      this.set(gauges.passwordsWaiting());
    },
  });
  new Gauge({
    name: 'deltastream_auth_revocations',
    help: 'Sessions whose access tokens are refused before they expire',
    registers,
    collect() {
      this.set(gauges.revocations());
    },
  });
  return {
    registry,
    request: (action, outcome) => requests.inc({ action, outcome }),
    passwordComputed: () => computations.inc(),
    refreshReused: () => reuses.inc(),
    sessionsRemoved: (count) => removed.inc(count),
  };
}
