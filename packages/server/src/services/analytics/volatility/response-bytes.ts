import { LRUCache } from 'lru-cache';

/** The JSON of responses that are made of one object which does not change, such as a fitted surface. */
export interface ResponseBytes {
  /** @param name says what is shown of the object, with the parameters of the request */
  cached(of: object, name: string): Uint8Array | undefined;
  /** The response, made once while it is kept. */
  get(of: object, name: string, make: () => string | Promise<string>): Promise<Uint8Array>;
}

/** @param maxBytes of all responses together; the one that was not asked for the longest goes first */
export function createResponseBytes(maxBytes: number): ResponseBytes {
  const kept = new LRUCache<string, Buffer>({
    maxSize: maxBytes,
    sizeCalculation: ({ byteLength }) => byteLength,
  });
  const ids = new WeakMap<object, number>();
  let lastId = 0;
  const keyOf = (of: object, name: string) => {
    const id = ids.get(of) ?? ++lastId;
    ids.set(of, id);
    return `${id} ${name}`;
  };
  return {
    cached: (of, name) => kept.get(keyOf(of, name)),
    async get(of, name, make) {
      const key = keyOf(of, name);
      const found = kept.get(key);
      if (found !== undefined) return found;
      const bytes = Buffer.from(await make());
      kept.set(key, bytes);
      return bytes;
    },
  };
}
