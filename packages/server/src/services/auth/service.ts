import { DeltaStreamError, reasonOf } from '../../kit/errors.ts';
import { createLifecycle } from '../../kit/lifecycle/lifecycle.ts';
import type { Check, Service } from '../../kit/lifecycle/service.ts';
import { type Logger, serviceLogger } from '../../kit/logging/log.ts';
import { createDenylist } from '../../kit/tokens/denylist.ts';
import { followRevocations } from '../../kit/tokens/revocations.ts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/stores/users/user-store.ts';
import { createAccountStates } from './accounts/account-states.ts';
import { createAudit } from './audit/audit.ts';
import { type AuditTrail, createAuditTrail } from './audit/audit-trail.ts';
import { type AuditUpkeep, createAuditUpkeep } from './audit/audit-upkeep.ts';
import { createAuditView } from './audit/audit-view.ts';
import { consumeOperatorCommands } from './audit/operator-commands.ts';
import { composeOperations } from './compose.ts';
import { authRoutes } from './http/routes.ts';
import { createOidcProvider } from './login/external/oidc-provider.ts';
import { createAuthMetrics } from './metrics.ts';
import type { AuthOperations, Perform } from './operations.ts';
import { deriveSecrets } from './secrets/derived-secrets.ts';
import { openSigningKeys, type SigningKeys } from './secrets/signing-keys.ts';
import { createRevocations } from './sessions/revocations.ts';
import { type AuthConfig, auditNoteFile, authSettings, tokenLifetimeMs } from './settings.ts';
import { createTurns } from './throttle/turns.ts';

export interface AuthPorts {
  readonly users: UserStore;
  /** Carries revocations to the processes that check tokens elsewhere. */
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
}

export type AuthService = Service & Required<Pick<Service, 'verifier'>>;

/** Accounts, log-ins, sessions and access tokens. Throws `invalid_setting` for a value out of range. */
export function createAuth(ports: AuthPorts, config: AuthConfig): AuthService {
  const settings = authSettings(config);
  const { bus, clock } = ports;
  const logger = serviceLogger(ports.logger, 'auth');
  const accountStates = createAccountStates({ users: ports.users, bus, logger });
  const { users } = accountStates;
  const turns = createTurns({
    concurrency: settings.hashConcurrency,
    maxWaiting: settings.hashWaiting,
    maxWaitingOfNetwork: settings.hashWaitingPerNetwork,
  });
  const denylist = createDenylist({ clock, maxRevoked: settings.tokens.maxRevoked });
  const lifetimeMs = tokenLifetimeMs(settings);
  const revocations = createRevocations({ users, bus, denylist, clock, logger, lifetimeMs });
  const metrics = createAuthMetrics({
    passwordsWaiting: turns.waiting,
    revocations: () => denylist.list().length,
    auditWaiting: () => trail?.waiting() ?? 0,
    auditAppended: () => trail?.counts.appended ?? 0,
    auditLost: () => trail?.counts.lost ?? 0,
    auditChecked: () => upkeep?.checked() ?? 0,
    auditBroken: () => (upkeep?.broken() ?? null) !== null,
  });
  const providers = settings.oidc.map(createOidcProvider);
  const underWay = new Set<Promise<unknown>>();
  const timers: NodeJS.Timeout[] = [];
  let following: Subscription | null = null;
  let commands: Subscription | null = null;
  let questions: Subscription | null = null;
  let operations: AuthOperations | null = null;
  let trail: AuditTrail | null = null;
  let upkeep: AuditUpkeep | null = null;

  const started = (): AuthOperations => {
    if (lifecycle.stopping.aborted) throw new DeltaStreamError('stopped', 'the auth service is stopping');
    if (operations === null) throw new DeltaStreamError('unavailable', 'the auth service has not started');
    return operations;
  };

  const perform: Perform = async (action, work) => {
    const result = (async () => work(started()))();
    underWay.add(result);
    try {
      const response = await result;
      metrics.request(action, 'ok');
      return response;
    } catch (error) {
      metrics.request(action, error instanceof DeltaStreamError ? error.code : 'internal');
      throw error;
    } finally {
      // Who is told of a change finds it in the trail, whatever happens to this process next.
      await trail?.settled();
      underWay.delete(result);
    }
  };

  const removeExpired = async () => {
    metrics.sessionsRemoved(await users.removeExpiredSessions(clock.now()));
  };
  const every = (intervalMs: number, what: string, work: () => Promise<void>) => {
    const run = () =>
      work().catch((error: unknown) =>
        logger.event('auth_upkeep_failed', { reason: reasonOf(error) }, `${what} failed`),
      );
    timers.push(setInterval(run, intervalMs));
  };

  const openKeys = (): Promise<SigningKeys> =>
    openSigningKeys({
      file: settings.keyFile,
      clock,
      logger,
      rotateAfterMs: settings.keyRotationSeconds * 1000,
      retireMs: lifetimeMs,
    });

  const lifecycle = createLifecycle({
    name: 'auth',
    logger: ports.logger,
    stopTimeoutMs: settings.stopTimeoutMs,
    async start() {
      const keys = await openKeys();
      await keys.maintain();
      const auditKey = deriveSecrets(keys.secret).audit;
      trail = createAuditTrail({
        store: users,
        key: auditKey,
        clock,
        logger,
        maxWaiting: settings.auditWaiting,
        retryMs: settings.auditRetryMs,
      });
      const auditUpkeep = createAuditUpkeep({
        store: users,
        key: auditKey,
        clock,
        logger,
        noteFile: auditNoteFile(settings),
        keepMs: settings.auditDays * DAY_MS,
        maxEvents: settings.auditEvents,
      });
      upkeep = auditUpkeep;
      const audit = createAudit(logger, trail);
      const parts = {
        users,
        clock,
        settings,
        keys,
        denylist,
        revocations,
        providers,
        metrics,
        turns,
        audit,
        auditView: createAuditView({ store: users, key: auditKey, known: auditUpkeep.known }),
      };
      const composed = await composeOperations(parts);
      following = await followRevocations(bus, denylist, logger);
      await revocations.restore();
      await removeExpired();
      // Of accounts whose deletion ended before it came to what they had.
      const orphans = await users.removeOrphans();
      if (orphans > 0) logger.event('orphans_removed', { orphans });
      operations = composed;
      questions = await accountStates.start();
      commands = await consumeOperatorCommands({ bus, audit, trail });
      await revocations.repeat();
      every(settings.sweepIntervalMs, 'the removal of expired sessions', removeExpired);
      await auditUpkeep.run();
      every(settings.auditCheckMs, 'the check of security events', auditUpkeep.run);
      every(settings.keyCheckMs, 'the care for signing keys', keys.maintain);
      every(settings.revocationRepeatMs, 'the repetition of revocations', revocations.repeat);
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await Promise.all([
        ...[turns.stop(), following?.stop(), commands?.stop(), questions?.stop()],
        Promise.allSettled(underWay),
      ]);
      await trail?.stop();
    },
  });

  return {
    name: 'auth',
    metrics: metrics.registry,
    verifier: {
      verify: async (token, address) => started().verifier.verify(token, address),
      recall: (token) => started().verifier.recall?.(token) ?? null,
      onRevoked: denylist.onAdded,
    },
    routes: authRoutes(perform),

    start: lifecycle.start,
    stop: lifecycle.stop,

    async ready(): Promise<Check[]> {
      const reason = operations === null ? 'not loaded yet' : lifecycle.problem();
      const unwritten = trail?.problem() ?? null;
      return [
        { name: 'signing_key', ok: reason === null, reason },
        await checkUsers(users),
        { name: 'security_events', ok: unwritten === null, reason: unwritten },
      ];
    },
  };
}

const DAY_MS = 86_400_000;

async function checkUsers(users: UserStore): Promise<Check> {
  try {
    await users.byId('');
    return { name: 'user_store', ok: true, reason: null };
  } catch (error) {
    return { name: 'user_store', ok: false, reason: reasonOf(error) };
  }
}
