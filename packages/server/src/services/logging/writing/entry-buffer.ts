/** Entries that wait to be stored, oldest first; when there are too many the oldest go. */
export interface EntryBuffer<Item> {
  /** `size` counts against the bound of characters; `count` is how many entries the item is. Returns how many went to make room. */
  push(item: Item, size: number, count?: number): number;
  /** Removes and returns the oldest items, until they are `count` entries or more. */
  take(count: number): Item[];
  /** Entries that wait. */
  length(): number;
}

export interface BufferBounds {
  readonly maxEntries: number;
  readonly maxCharacters: number;
}

export function createEntryBuffer<Item>({ maxEntries, maxCharacters }: BufferBounds): EntryBuffer<Item> {
  const ring = new Array<{ item: Item; size: number; count: number } | undefined>(maxEntries);
  let first = 0;
  let items = 0;
  let length = 0;
  let characters = 0;

  const shift = () => {
    const oldest = ring[first]!;
    ring[first] = undefined;
    first = (first + 1) % maxEntries;
    items -= 1;
    length -= oldest.count;
    characters -= oldest.size;
    return oldest;
  };

  return {
    push(item, size, count = 1) {
      let dropped = 0;
      while (items > 0 && (length + count > maxEntries || characters + size > maxCharacters)) {
        dropped += shift().count;
      }
      ring[(first + items) % maxEntries] = { item, size, count };
      items += 1;
      length += count;
      characters += size;
      return dropped;
    },
    take(count) {
      const taken: Item[] = [];
      for (let left = count; left > 0 && items > 0; ) {
        const oldest = shift();
        taken.push(oldest.item);
        left -= oldest.count;
      }
      return taken;
    },
    length: () => length,
  };
}
