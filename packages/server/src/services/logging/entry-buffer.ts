/** Entries that wait to be stored, oldest first; when it is full the oldest go. */
export interface EntryBuffer<Entry> {
  /** `size` counts against the bound of characters. Returns how many of the oldest went to make room. */
  push(entry: Entry, size: number): number;
  /** Removes and returns up to `count` of the oldest. */
  take(count: number): Entry[];
  length(): number;
}

export interface BufferBounds {
  readonly maxEntries: number;
  readonly maxCharacters: number;
}

export function createEntryBuffer<Entry>({ maxEntries, maxCharacters }: BufferBounds): EntryBuffer<Entry> {
  const ring = new Array<{ entry: Entry; size: number } | undefined>(maxEntries);
  let first = 0;
  let length = 0;
  let characters = 0;

  const shift = (): Entry => {
    const { entry, size } = ring[first]!;
    ring[first] = undefined;
    first = (first + 1) % maxEntries;
    length -= 1;
    characters -= size;
    return entry;
  };

  return {
    push(entry, size) {
      let dropped = 0;
      while (length > 0 && (length === maxEntries || characters + size > maxCharacters)) {
        shift();
        dropped += 1;
      }
      ring[(first + length) % maxEntries] = { entry, size };
      length += 1;
      characters += size;
      return dropped;
    },
    take: (count) => Array.from({ length: Math.min(count, length) }, shift),
    length: () => length,
  };
}
