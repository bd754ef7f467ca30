import { setTimeout as sleep } from 'node:timers/promises';
import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { type Logger, serviceLogger } from '../../kit/log.ts';
import type { Check, Service } from '../../kit/service.ts';
import { createTokenVerifier, type TokenVerifier } from '../../kit/token.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/user-store.ts';
import { createAttemptLimits } from './attempt-limits.ts';
import { createAuthMetrics } from './metrics.ts';
import { type AuthOperations, createOperations } from './operations.ts';
import { createPasswordHasher } from './password-hasher.ts';
import { authRoutes } from './routes.ts';
import { createSessions } from './sessions.ts';
import { type AuthConfig, authSettings } from './settings.ts';
import { loadSigningKey } from './signing-key.ts';
import { createTurns } from './turns.ts';

export interface AuthPorts {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface AuthService extends Service {
  /** Good from `start` on; rejects with `unavailable` before it. */
  readonly verifier: TokenVerifier;
}

/** Accounts, log-ins, sessions and access tokens. Throws `invalid_setting` for a number out of range. */
export function createAuth(ports: AuthPorts, config: AuthConfig): AuthService {
  const settings = authSettings(config);
  const { users, clock } = ports;
  const logger = serviceLogger(ports.logger, 'auth');
  const turns = createTurns({ concurrency: settings.hashConcurrency, maxWaiting: settings.hashWaiting });
  const metrics = createAuthMetrics(turns.waiting);
  const limits = () =>
    createAttemptLimits({
      windowSeconds: settings.attemptWindowSeconds,
      perAddress: settings.attemptsPerAddress,
      perAccount: settings.attemptsPerAccount,
    });
  const underWay = new Set<Promise<unknown>>();
  let parts: { operations: AuthOperations; verifier: TokenVerifier } | null = null;
  let stopped = false;
  let sweepTimer: NodeJS.Timeout | undefined;

  const started = () => {
    if (stopped) throw new DeltaStreamError('stopped', 'the auth service is stopping');
    if (parts === null) throw new DeltaStreamError('unavailable', 'the auth service has not started');
    return parts;
  };

  const perform = async <T>(action: string, work: (operations: AuthOperations) => Promise<T>) => {
    const result = (async () => work(started().operations))();
    underWay.add(result);
    try {
      const answer = await result;
      metrics.request(action, 'ok');
      return answer;
    } catch (error) {
      metrics.request(action, error instanceof DeltaStreamError ? error.code : 'internal');
      throw error;
    } finally {
      underWay.delete(result);
    }
  };

  const removeExpired = async () => {
    try {
      metrics.sessionsRemoved(await users.removeExpiredSessions(clock.now()));
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, 'expired sessions could not be removed');
    }
  };

  return {
    name: 'auth',
    metrics: metrics.registry,
    verifier: { verify: async (token) => started().verifier.verify(token) },
    routes: authRoutes({
      register: (registration, ip) => perform('register', (core) => core.register(registration, ip)),
      login: (credentials, ip) => perform('login', (core) => core.login(credentials, ip)),
      refresh: (token, ip) => perform('refresh', (core) => core.refresh(token, ip)),
      verify: (token) => perform('verify', (core) => core.verify(token)),
    }),

    async start() {
      const [key, hasher] = await Promise.all([
        loadSigningKey(settings.keyFile),
        createPasswordHasher({ cost: settings.bcryptCost, turns, onComputation: metrics.passwordComputed }),
      ]);
      await removeExpired();
      if (stopped) return;
      const { issuer, audience } = settings;
      const verifier = createTokenVerifier({ keys: [key.publicJwk], issuer, audience, clock });
      const sessions = createSessions({
        users,
        clock,
        logger,
        key,
        settings,
        onReuse: metrics.refreshReused,
      });
      const attempts = { register: limits(), login: limits(), refresh: limits() };
      const operations = createOperations({
        users,
        clock,
        logger,
        limits: attempts,
        hasher,
        sessions,
        verifier,
      });
      parts = { operations, verifier };
      sweepTimer = setInterval(removeExpired, settings.sweepIntervalMs);
    },

    async stop() {
      stopped = true;
      clearInterval(sweepTimer);
      const done = Promise.all([turns.stop(), Promise.allSettled(underWay)]);
      const timeout = new AbortController();
      await Promise.race([done, sleep(settings.stopTimeoutMs, undefined, { signal: timeout.signal })]);
      timeout.abort();
    },

    async ready(): Promise<Check[]> {
      return [
        { name: 'signing_key', ok: parts !== null, reason: parts === null ? 'not loaded yet' : null },
        await checkUsers(users),
      ];
    },
  };
}

async function checkUsers(users: UserStore): Promise<Check> {
  try {
    await users.byId('');
    return { name: 'user_store', ok: true, reason: null };
  } catch (error) {
    return { name: 'user_store', ok: false, reason: reasonOf(error) };
  }
}
