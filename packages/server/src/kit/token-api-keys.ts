import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../ports/clock.ts';
import { DeltaStreamError } from './errors.ts';
import type { TokenVerifier } from './token.ts';

export const API_KEY_PREFIX = 'ds_';
const MAX_EXCHANGED = 10_000;
/** A token that is about to expire is not used for another request. */
const MARGIN_SECONDS = 2;

/**
 * Lets an API key stand wherever an access token may: `exchange` makes an access token of it, which is used
 * until it expires. Ending the key revokes that token like any other, so nothing is asked in between.
 */
export function acceptApiKeys(
  tokens: TokenVerifier,
  clock: Clock,
  exchange: (key: string) => Promise<string>,
): TokenVerifier {
  const exchanged = new LRUCache<string, { token: Promise<string>; until: number }>({ max: MAX_EXCHANGED });

  const tokenOf = async (key: string): Promise<string> => {
    // By hash: a dump of this process's memory should not list keys in force.
    const id = createHash('sha256').update(key).digest('base64');
    const known = exchanged.get(id);
    if (known && known.until > clock.now()) return known.token;
    // At first for a moment only, so that requests at the same time share one exchange.
    const entry = { token: exchange(key), until: clock.now() + 1000 };
    exchanged.set(id, entry);
    try {
      const token = await entry.token;
      const { exp } = await tokens.verify(token);
      entry.until = (exp - MARGIN_SECONDS) * 1000;
      return token;
    } catch (error) {
      exchanged.delete(id);
      throw error;
    }
  };

  return {
    onRevoked: tokens.onRevoked,
    recall: (token) => tokens.recall?.(token) ?? null,
    async verify(token) {
      if (!token.startsWith(API_KEY_PREFIX)) return tokens.verify(token);
      try {
        return await tokens.verify(await tokenOf(token));
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
