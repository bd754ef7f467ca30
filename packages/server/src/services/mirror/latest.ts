/** A message that waits: the newest takes the place of those before it. */
export interface Waiting<Kind extends string> {
  readonly kind: Kind;
  /** What it is the newest of. */
  readonly key: string;
  readonly frame: Uint8Array;
}

/** The latest message of each key, in the order in which the keys began to wait, bounded. */
export interface Latest<Kind extends string> {
  /** `conflated`: it took the place of an older one. `overflow`: there was no room, and it is not kept. */
  put(message: Waiting<Kind>): 'added' | 'conflated' | 'overflow';
  /** The first so many, which wait no more. */
  take(count: number): Waiting<Kind>[];
  size(): number;
  clear(): void;
}

export function createLatest<Kind extends string>(most: number): Latest<Kind> {
  const waiting = new Map<string, Waiting<Kind>>();
  return {
    put(message) {
      const id = `${message.kind} ${message.key}`;
      const known = waiting.has(id);
      if (!known && waiting.size >= most) return 'overflow';
      waiting.set(id, message);
      return known ? 'conflated' : 'added';
    },
    take(count) {
      const taken: Waiting<Kind>[] = [];
      for (const [id, message] of waiting) {
        if (taken.length === count) break;
        waiting.delete(id);
        taken.push(message);
      }
      return taken;
    },
    size: () => waiting.size,
    clear: () => waiting.clear(),
  };
}
