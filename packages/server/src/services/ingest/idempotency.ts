import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { DeltaStreamError } from '../../kit/errors.ts';

/** Requests by the key that their sender gave them. */
export interface IdempotencyKeys<Result> {
  /**
   * Does the work once for a key of a caller: the same body again gets the same result, also while the first is under way.
   * What failed is forgotten. Rejects with `invalid_request` where the key came with another body.
   */
  once(caller: string, key: string, body: Uint8Array, work: () => Promise<Result>): Promise<Result>;
}

export interface IdempotencyOptions {
  readonly maxKeys: number;
  readonly ttlMs: number;
}

export function createIdempotencyKeys<Result>({
  maxKeys,
  ttlMs,
}: IdempotencyOptions): IdempotencyKeys<Result> {
  const known = new LRUCache<string, { readonly digest: string; readonly result: Promise<Result> }>({
    max: maxKeys,
    ttl: ttlMs,
  });
  return {
    async once(caller, key, body, work) {
      const digest = hash('sha256', body, 'base64');
      const id = JSON.stringify([caller, key]);
      const found = known.get(id);
      if (found?.digest === digest) return found.result;
      if (found !== undefined) {
        throw new DeltaStreamError(
          'invalid_request',
          'headers.idempotency-key: came with another body before; give each body a key of its own',
        );
      }
      const result = work();
      known.set(id, { digest, result });
      result.catch(() => known.delete(id));
      return result;
    },
  };
}
