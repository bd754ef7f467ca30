import type { ChainColumns, ColumnMemory } from '@deltastream/contracts';

/**
 * Memory of columns that nobody looks at any more, for the chains that come next. Chains come by the thousand a second and
 * most of them are replaced before anybody asked for them: fresh memory for each, of some 50 kB, would make V8 collect the
 * old generation every two seconds, which holds everything up for a tenth of one.
 */
export interface SpareColumns {
  readonly memory: ColumnMemory;
  /** Nobody else has these columns: they may be overwritten. */
  release(columns: ChainColumns): void;
}

/** Numbers of strikes of which spare columns are kept, as a market has some tens; of each those of one chain. */
const MOST_SIZES = 64;

export function createSpareColumns(): SpareColumns {
  const spares = new Map<number, ChainColumns>();
  return {
    memory(count, width) {
      const spare = spares.get(count);
      if (spare?.values.length !== count * width) {
        return { count, values: new Float64Array(count * width), views: [] };
      }
      spares.delete(count);
      return spare;
    },
    release(columns) {
      if (spares.size < MOST_SIZES || spares.has(columns.count))
        return void spares.set(columns.count, columns);
      const [oldest] = spares.keys();
      spares.delete(oldest);
      spares.set(columns.count, columns);
    },
  };
}
