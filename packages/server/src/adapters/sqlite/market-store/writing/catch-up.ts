import { createChainHeadCodec } from '@deltastream/contracts/codec';
import { hotFile, mainFile } from '../files/files.ts';
import type { MainFile } from '../main/main-file.ts';
import { type DamageNotes, isDamaged } from './damage-notes.ts';
import type { HotDays } from './hot-days.ts';
import { readableHeads } from './rebuild.ts';

/** Days whose hot file may be ahead of main.db. */
export interface CatchUp {
  add(day: number): void;
  /** All of them were committed in main.db, too. */
  clear(): void;
  /** Gives summaries to what their hot files have beyond main.db. Throws StoreFileError. */
  run(): void;
}

const PAGE = 500; // Snapshots given their summaries in one transaction: some MB of them.

/** @param onSoundMain runs work, again where main.db turned out to be damaged and was replaced */
export function createCatchUp(
  folder: string,
  hotDays: HotDays,
  main: () => MainFile,
  onSoundMain: (work: () => void) => void,
  notes: DamageNotes,
): CatchUp {
  const heads = createChainHeadCodec();
  const ahead = new Set<number>();

  const catchUpDay = (day: number): void => {
    const hot = hotDays.of(day);
    for (;;) {
      const page = hot.since(main().lastId(day), PAGE);
      const last = page.at(-1);
      if (last === undefined) return;
      // What failed may have been the sync, and a crash may have come before it.
      hotDays.syncNow(day);
      const late = readableHeads(heads, page, hotFile(folder, day), day, notes);
      main().commit({
        heads: late.map((head) => ({ head, outcome: null })),
        lastIds: new Map([[day, last.id]]),
        ticks: [],
        bars: [],
        figures: [],
      });
    }
  };

  return {
    add: (day) => ahead.add(day),
    clear: () => ahead.clear(),
    run() {
      for (const day of ahead) {
        try {
          onSoundMain(() => catchUpDay(day));
        } catch (error) {
          if (!isDamaged(error) || error.file === mainFile(folder)) throw error;
          notes.ofDay(day, error.message);
          // Replaces the file by what can be read of it.
          hotDays.check(day);
          onSoundMain(() => catchUpDay(day));
        }
        ahead.delete(day);
      }
    },
  };
}
