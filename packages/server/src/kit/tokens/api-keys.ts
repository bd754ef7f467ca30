import { createHash } from 'node:crypto';
import type { Clock } from '../../ports/clock.ts';
import { networkOf } from '../access/addresses.ts';
import { createAttemptLimit } from '../access/attempt-limits.ts';
import { DeltaStreamError } from '../errors.ts';
import { createGrowingCache } from '../growing-cache.ts';
import { withDefaults } from '../settings-fragment.ts';
import type { TokenVerifier } from './token.ts';
import { TOKENS, type TokenSettings } from './token-settings.ts';

export const API_KEY_PREFIX = 'ds_';
/** `ds_<id>_<secret>`: the id finds the key, the secret proves it. */
export const API_KEY_FORMAT = /^ds_([0-9a-f]{16})_([0-9a-f]{64})$/;

export interface ApiKeyOptions
  extends Partial<
    Pick<TokenSettings, 'maxApiKeys' | 'refusedKeyMs' | 'badKeysPerNetwork' | 'badKeyWindowSeconds'>
  > {
  readonly clock: Clock;
  /**
   * Makes an access token of a key that was sent from this address. Rejects with `invalid_token` for a key that is
   * unknown, expired or revoked, and with another code where that could not be found out.
   */
  exchange(key: string, address: string | undefined): Promise<string>;
}

/** A token that is about to expire is not used for another request. */
const MARGIN_SECONDS = 2;

/**
 * Lets an API key stand wherever an access token may: `exchange` makes an access token of it, which is used
 * until it expires. Ending the key revokes that token like any other, so nothing is asked in between.
 *
 * Guessing keys harms nobody else: a key that has been good goes on whatever others send from the same network, one
 * that was refused is not asked about again for a while, and a network with too many bad ones gets
 * `too_many_requests` for keys that are not known here, never `invalid_token`.
 */
export function acceptApiKeys(tokens: TokenVerifier, options: ApiKeyOptions): TokenVerifier {
  const { clock, exchange, ...settings } = withDefaults(TOKENS.defaults, options);
  const good = createGrowingCache<string, { readonly token: string; readonly untilMs: number }>(
    settings.maxApiKeys,
  );
  const refused = createGrowingCache<string, true>(settings.maxApiKeys, { ttl: settings.refusedKeyMs });
  const asking = new Map<string, Promise<string>>();
  const badKeys = createAttemptLimit({
    windowSeconds: settings.badKeyWindowSeconds,
    attempts: settings.badKeysPerNetwork,
  });

  const ask = async (id: string, key: string, address: string | undefined): Promise<string> => {
    const network = good.has(id) ? null : networkOf(address ?? '');
    if (network !== null) await badKeys.count(network);
    try {
      const token = await exchange(key, address);
      const { exp } = await tokens.verify(token);
      good.set(id, { token, untilMs: (exp - MARGIN_SECONDS) * 1000 });
      if (network !== null) await badKeys.forgive(network);
      return token;
    } catch (error) {
      if (error instanceof DeltaStreamError && error.code === 'invalid_token') {
        good.delete(id);
        refused.set(id, true);
      } else if (network !== null) {
        // Nothing was learned about the key.
        await badKeys.forgive(network);
      }
      throw error;
    }
  };

  const tokenOf = async (key: string, address: string | undefined): Promise<string> => {
    if (!API_KEY_FORMAT.test(key)) throw refusal();
    // By hash: a dump of this process's memory should not list keys in force.
    const id = createHash('sha256').update(key).digest('base64');
    const known = good.get(id);
    if (known !== undefined && known.untilMs > clock.now()) return known.token;
    if (refused.has(id)) throw refusal();
    // Requests at the same time share one exchange.
    const asked = asking.get(id) ?? ask(id, key, address).finally(() => asking.delete(id));
    asking.set(id, asked);
    return asked;
  };

  return {
    onRevoked: tokens.onRevoked,
    recall: (token) => tokens.recall?.(token) ?? null,
    async verify(token, address) {
      if (!token.startsWith(API_KEY_PREFIX)) return tokens.verify(token);
      try {
        return await tokens.verify(await tokenOf(token, address));
      } catch (cause) {
        if (cause instanceof DeltaStreamError) throw cause;
        throw new DeltaStreamError('unavailable', 'the API key cannot be checked now', {
          cause,
          retryAfterSeconds: 1,
        });
      }
    },
  };
}

const refusal = (): DeltaStreamError =>
  new DeltaStreamError('invalid_token', 'the API key is unknown, expired or revoked');
