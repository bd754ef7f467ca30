import { BLOCK_HOUR_MS } from '../../../../codec/figure-block.ts';
import { BLOCK_MS } from '../../../../codec/tick-block.ts';
import type { PageRow } from './page-rows.ts';

/** A block that an index of blocks of ticks or of roll-ups names. */
export interface ListedBlock {
  /** A product, or a series. */
  readonly name: string;
  readonly start: number;
  /** Whether the index of blocks of ticks names it, as far as its page says. */
  readonly isOfTicks: boolean;
  /** In how many indexes of roll-ups it is, and in how many of which the page does not say what they are of. */
  readonly rollups: number;
  readonly unknown: number;
}

/**
 * What indexes say of blocks that there were. Those of roll-ups have the same form as that of ticks, and a product, whose
 * figures are rolled up, the same name; but a page is of one index: of ticks where an entry begins within an hour, of
 * roll-ups where one names an expiry.
 */
export interface ListedBlocks {
  /** Takes an entry of such an index, page after page; whether the row is one. */
  take(row: PageRow): boolean;
  all(): Iterable<ListedBlock>;
}

export function createListedBlocks(): ListedBlocks {
  const listed = new Map<string, ListedBlock>();
  let page = 0;
  let entries: { readonly name: string; readonly start: number }[] = [];

  const addPage = () => {
    const isOfTicks = entries.some(({ start }) => start % BLOCK_HOUR_MS !== 0);
    const isOfRollups = !isOfTicks && entries.some(({ name }) => name.includes(' '));
    for (const { name, start } of entries) {
      const key = `${name} ${start}`;
      const held = listed.get(key) ?? { name, start, isOfTicks: false, rollups: 0, unknown: 0 };
      listed.set(key, {
        ...held,
        isOfTicks: held.isOfTicks || isOfTicks,
        rollups: held.rollups + (isOfRollups ? 1 : 0),
        unknown: held.unknown + (isOfTicks || isOfRollups ? 0 : 1),
      });
    }
    entries = [];
  };

  return {
    take({ rowid, values: [name, start, block, ...rest], page: of }) {
      if (rowid !== null || rest.length > 0 || typeof name !== 'string') return false;
      if (typeof start !== 'number' || typeof block !== 'number') return false;
      if (!Number.isSafeInteger(start) || start % BLOCK_MS !== 0) return true;
      if (of !== page) addPage();
      page = of;
      entries.push({ name, start });
      return true;
    },
    all() {
      addPage();
      return listed.values();
    },
  };
}
