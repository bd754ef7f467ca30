import { type AttemptLimit, createAttemptLimit, createDoubleLimit } from '../../kit/access/attempt-limits.ts';
import { DeltaStreamError } from '../../kit/errors.ts';
import { createSealedBox } from '../../kit/secrets/sealed-box.ts';
import { acceptApiKeys } from '../../kit/tokens/api-keys.ts';
import type { Denylist } from '../../kit/tokens/denylist.ts';
import type { TokenVerifier } from '../../kit/tokens/token.ts';
import { createTokenVerifier } from '../../kit/tokens/verifier.ts';
import type { Clock } from '../../ports/clock.ts';
import type { UserStore } from '../../ports/stores/users/user-store.ts';
import { createAccount } from './accounts/account.ts';
import { createConfirmation } from './accounts/confirmation.ts';
import { createDocuments } from './accounts/documents/documents.ts';
import { createUserAdministration } from './accounts/users/user-administration.ts';
import type { Audit } from './audit/audit.ts';
import type { AuditView } from './audit/audit-view.ts';
import { createExternalLogin } from './login/external/external-login.ts';
import type { LoginProvider } from './login/external/login-provider.ts';
import { createKnownDevices } from './login/known-device.ts';
import { createLogIn } from './login/log-in.ts';
import { createSecondFactors } from './login/second-factor.ts';
import type { AuthMetrics } from './metrics.ts';
import { type AuthOperations, verification } from './operations.ts';
import { deriveSecrets } from './secrets/derived-secrets.ts';
import { createPasswordHasher } from './secrets/password-hasher.ts';
import { loadPasswordRules } from './secrets/password-rules.ts';
import { createPasswordScheme } from './secrets/password-scheme.ts';
import type { SigningKeys } from './secrets/signing-keys.ts';
import { createApiKeys } from './sessions/api-keys.ts';
import { parseRefreshToken } from './sessions/refresh-token.ts';
import type { Revocations } from './sessions/revocations.ts';
import { createSessions } from './sessions/sessions.ts';
import type { AuthSettings } from './settings.ts';
import { createBackoff } from './throttle/backoff.ts';
import { createCredentialLimit } from './throttle/credential-limit.ts';
import { createLoginThrottle } from './throttle/login-throttle.ts';
import { createPace } from './throttle/pace.ts';
import type { Turns } from './throttle/turns.ts';

export interface AuthParts {
  readonly users: UserStore;
  readonly clock: Clock;
  readonly settings: AuthSettings;
  readonly keys: SigningKeys;
  readonly denylist: Denylist;
  readonly revocations: Revocations;
  readonly providers: readonly LoginProvider[];
  readonly metrics: AuthMetrics;
  readonly turns: Turns;
  readonly audit: Audit;
  readonly auditView: AuditView;
}

/** Joins the parts of the service into what its routes do. */
export async function composeOperations(parts: AuthParts): Promise<AuthOperations> {
  const { users, clock, settings, keys, denylist, revocations, providers, metrics, turns, audit } = parts;
  const { issuer, audience } = settings;
  const openRegistration = settings.registration === 'open';
  const secrets = deriveSecrets(keys.secret);

  const { passwordAlgorithm: algorithm } = settings;
  const scheme = createPasswordScheme({ ...settings, algorithm, key: secrets.password });
  const hasher = createPasswordHasher({ scheme, turns, onComputation: metrics.passwordComputed });
  const rules = await loadPasswordRules();

  const limit = (attempts: number, onRefusal?: (key: string) => void): AttemptLimit =>
    createAttemptLimit({ windowSeconds: settings.attemptWindowSeconds, attempts, onRefusal });
  const throttle = createLoginThrottle({
    networks: limit(settings.loginsPerNetwork, (network) => audit('login_throttled', { network })),
    pace: createPace({ intervalMs: settings.loginIntervalMs, maxWaiting: settings.loginsWaiting }),
    pairs: limit(settings.loginsPerAccountAndNetwork),
    devices: limit(settings.loginsPerKnownDevice),
    accounts: createBackoff({
      clock,
      free: settings.loginsPerAccount,
      maxSeconds: settings.accountWaitMaxSeconds,
      onWait: () => audit('login_throttled', {}),
    }),
    isGuess: (error) => error instanceof DeltaStreamError && GUESSES.has(error.code),
  });
  const credentialLimit = createCredentialLimit(limit(settings.refreshesPerNetwork));
  const sessionLimit = limit(settings.refreshesPerSession);

  const sessions = createSessions({
    users,
    clock,
    keys,
    refreshKey: secrets.refresh,
    revocations,
    settings,
    audit,
    onReuse: metrics.refreshReused,
  });
  const secondFactors = createSecondFactors({
    users,
    clock,
    box: createSealedBox(secrets.secondFactor),
    audit,
    backoff: createBackoff({
      clock,
      free: settings.codesPerAccount,
      maxSeconds: settings.accountWaitMaxSeconds,
    }),
    issuer,
  });
  const confirmation = createConfirmation({
    hasher,
    throttle,
    sessions,
    clock,
    audit,
    freshMs: settings.freshLoginSeconds * 1000,
  });
  const apiKeys = createApiKeys({ users, clock, keys, revocations, confirmation, settings, audit });
  const tokens = createTokenVerifier({
    ...settings.tokens,
    ...{ keys: keys.keySet, issuer, audience, clock, denylist },
  });
  const verifier: TokenVerifier = acceptApiKeys(tokens, {
    ...settings.tokens,
    clock,
    exchange: async (key) => (await apiKeys.exchange(key)).token,
  });

  return {
    verifier,
    audit: parts.auditView,
    apiKeys,
    documents: createDocuments({ users, clock, maxLayouts: settings.maxLayouts }),
    userAdministration: createUserAdministration({ users, sessions, revocations, clock, audit }),
    account: createAccount({
      users,
      sessions,
      revocations,
      confirmation,
      secondFactors,
      hasher,
      rules,
      audit,
    }),
    logIn: createLogIn({
      users,
      clock,
      audit,
      hasher,
      rules,
      sessions,
      secondFactors,
      devices: createKnownDevices(secrets.device),
      throttle,
      registrationLimit: createDoubleLimit(
        limit(settings.registrationsPerNetwork),
        limit(settings.loginsPerAccount),
      ),
      openRegistration,
      refusalJitterMs: settings.refusalJitterMs,
    }),
    external: createExternalLogin({
      providers,
      users,
      sessions,
      secondFactors,
      confirmation,
      box: createSealedBox(secrets.flow),
      clock,
      audit,
      openRegistration,
      flowMs: settings.externalLoginSeconds * 1000,
    }),
    async refresh(token, client) {
      const family = parseRefreshToken(token)?.familyId ?? null;
      return credentialLimit.check(client.network, family, async () => {
        if (family !== null) await sessionLimit.count(family);
        return sessions.refresh(token, client);
      });
    },
    logout: (token) => sessions.end(token),
    verify: (token, { ip }) => verification(verifier, token, ip),
    keys: keys.published,
    credentialLimit,
  };
}

/** Failures that say that a credential was tried and is wrong. */
const GUESSES: ReadonlySet<string> = new Set(['invalid_credentials', 'invalid_code', 'too_many_requests']);
