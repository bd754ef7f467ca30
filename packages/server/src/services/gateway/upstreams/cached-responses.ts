import { LRUCache } from 'lru-cache';

/** A whole 200 of a service, as it may be shown to anyone who may ask for it. */
export interface KeptAnswer {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly etag: string | null;
  /** When the service last vouched for it, in monotonic ms of this process. */
  readonly at: number;
}

export interface KeptAnswers {
  get(key: string): KeptAnswer | undefined;
  keep(key: string, answer: KeptAnswer): void;
  /** The service said that it is still the same. */
  confirm(key: string, atMs: number): void;
}

export interface KeptAnswersOptions {
  readonly maxBytes: number;
  /** After this time an answer is no longer worth showing. */
  readonly maxAgeMs: number;
}

const OVERHEAD_BYTES = 500;

/**
 * Recent answers. Two uses, and in neither does a caller get less than the service would give: their tag
 * lets the service say "the same" instead of sending it once more, and they stand in while it fails.
 */
export function createKeptAnswers({ maxBytes, maxAgeMs }: KeptAnswersOptions): KeptAnswers {
  const answers = new LRUCache<string, KeptAnswer>({
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
