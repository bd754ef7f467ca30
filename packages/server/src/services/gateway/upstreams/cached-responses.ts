import { LRUCache } from 'lru-cache';

/** A complete 200 of a service, as it may be shown to anyone who may ask for it. */
export interface CachedResponse {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly etag: string | null;
  /** When the service last vouched for it, in monotonic ms of this process. */
  readonly at: number;
}

export interface CachedResponses {
  get(key: string): CachedResponse | undefined;
  keep(key: string, answer: CachedResponse): void;
  /** The service said that it is still the same. */
  confirm(key: string, atMs: number): void;
}

export interface CachedResponsesOptions {
  readonly maxBytes: number;
  /** After this time an answer is no longer worth showing. */
  readonly maxAgeMs: number;
}

const OVERHEAD_BYTES = 500;

/**
 * Recent answers. Two uses, and in neither does a caller get less than the service would give: their tag
 * lets the service say "the same" instead of sending it once more, and they are sent while it fails (stale-if-error).
 */
export function createCachedResponses({ maxBytes, maxAgeMs }: CachedResponsesOptions): CachedResponses {
  const answers = new LRUCache<string, CachedResponse>({
    maxSize: maxBytes,
    sizeCalculation: ({ body }, key) => body.byteLength + key.length + OVERHEAD_BYTES,
    ttl: maxAgeMs,
  });
  return {
    get: (key) => answers.get(key),
    keep: (key, answer) => void answers.set(key, answer),
    confirm(key, atMs) {
      const held = answers.get(key);
      if (held !== undefined) answers.set(key, { ...held, at: atMs });
    },
  };
}
