import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import type { Bus } from '../../ports/bus.ts';
import type { Clock } from '../../ports/clock.ts';
import { DeltaStreamError, reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import { withDefaults } from '../settings-fragment.ts';
import { acceptApiKeys } from './api-keys.ts';
import { createDenylist } from './denylist.ts';
import { importKeys, type KeySet } from './keys.ts';
import { followRevocations } from './revocations.ts';
import type { TokenVerifier } from './token.ts';
import { TOKENS, type TokenSettings } from './token-settings.ts';
import { createTokenVerifier } from './verifier.ts';

export interface RemoteVerifierOptions extends Partial<TokenSettings> {
  /** Address of the auth service or the gateway, such as `http://auth:8001`. */
  readonly authUrl: string;
  readonly issuer: string;
  readonly audience: string;
  readonly clock: Clock;
  readonly bus: Bus;
  readonly logger: Logger;
}

type Given = RemoteVerifierOptions & TokenSettings;

/**
 * Checks access tokens in a process that does not run the auth service: public keys are fetched when a
 * token names an unknown one, revocations come over the bus, and an API key is exchanged once for the life
 * of an access token. While the auth service is away, tokens of known keys go on being checked. The
 * subscription ends with the bus.
 */
export async function createRemoteVerifier(given: RemoteVerifierOptions): Promise<TokenVerifier> {
  const options = withDefaults(TOKENS.defaults, given);
  const { clock, bus, logger } = options;
  const denylist = createDenylist({ clock, maxRevoked: options.maxRevoked });
  await followRevocations(bus, denylist, logger);
  const keys = createRemoteKeys(options);
  const tokens = createTokenVerifier({ ...options, keys, denylist });
  return acceptApiKeys(tokens, {
    ...options,
    async exchange(key, address) {
      // The auth service counts bad keys by the address they come from, where it trusts this process to say it.
      const headers: Record<string, string> = address === undefined ? {} : { 'x-forwarded-for': address };
      const response = await ask(options, '/api/auth/token', { body: { api_key: key }, headers });
      if (!response.ok) {
        await response.body?.cancel();
        throw refusalOf(response);
      }
      const { token } = (await response.json()) as { token?: unknown };
      if (typeof token === 'string') return token;
      throw new DeltaStreamError('unavailable', 'the auth service did not answer with a token');
    },
  });
}

/** Only what the auth service says of the key itself makes the key a bad one. */
function refusalOf({ status, headers }: Response): DeltaStreamError {
  if (status === 401 || status === 400) {
    return new DeltaStreamError('invalid_token', 'the API key is unknown, expired or revoked');
  }
  const retryAfterSeconds = Number(headers.get('retry-after')) || 1;
  return status === 429
    ? new DeltaStreamError('too_many_requests', 'too many unknown API keys', { retryAfterSeconds })
    : new DeltaStreamError('unavailable', 'the API key cannot be checked now', { retryAfterSeconds });
}

/** The keys at the auth service's well-known address. What cannot be fetched leaves what is known in force. */
function createRemoteKeys(options: Given): KeySet {
  const { logger, clock, cooldownMs, keysLifetimeMs } = options;
  let keys = new Map<string, KeyObject>();
  let askedAt = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;
  let failed = false;

  const fetchKeys = async () => {
    askedAt = clock.monotonicMs();
    failed = true;
    try {
      const response = await ask(options, '/api/auth/.well-known/jwks.json');
      if (!response.ok) throw new Error(`status ${response.status}`);
      keys = importKeys(((await response.json()) as { keys: JWK[] }).keys);
      failed = false;
    } catch (error) {
      logger.event('token_keys_not_fetched', { reason: reasonOf(error) });
    }
  };
  const ensureAsked = (): Promise<void> => {
    if (clock.monotonicMs() - askedAt < cooldownMs) return asking ?? Promise.resolve();
    asking ??= fetchKeys().finally(() => {
      asking = null;
    });
    return asking;
  };
  const refresh = async () => {
    await ensureAsked();
    if (!failed) return;
    throw new DeltaStreamError('unavailable', 'the auth service cannot be asked about this token now', {
      retryAfterSeconds: Math.ceil(cooldownMs / 1000),
    });
  };

  return {
    find(kid) {
      // In the background: a key that was withdrawn goes, and nobody waits for that.
      if (clock.monotonicMs() - askedAt >= keysLifetimeMs && keys.size > 0) void ensureAsked();
      return keys.get(kid);
    },
    refresh,
  };
}

function ask(
  { authUrl, timeoutMs }: Pick<Given, 'authUrl' | 'timeoutMs'>,
  path: string,
  { body, headers }: { body?: object; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(new URL(path, authUrl), {
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
    ...(body && {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
}
