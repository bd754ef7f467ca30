import { basename } from 'node:path';
import type { ChainHead } from '@deltastream/contracts/codec';
import { createChainHeadCodec, MalformedBlobError, verifyBlob } from '@deltastream/contracts/codec';
import { dayFile, hotFile, inodeOf, mainFile } from '../files/files.ts';
import type { WrittenBlob } from '../files/hot-file.ts';
import { StoreFileError } from '../files/store-file.ts';
import type { MainBatch, MainFile } from '../main/main-file.ts';
import { ALL_SEGMENTS, type RebuiltDay } from '../main/rebuild-table.ts';
import type { SealedDays } from '../sealing/sealed-days.ts';
import { type DamageNotes, isDamaged } from './damage-notes.ts';
import type { HotDays } from './hot-days.ts';

/** Snapshots given their summaries in one transaction: some 20 ms. */
const PAGE = 250;

/** Computes what main.db lost again from the quotes of the days, the newest first, a short step at a time. */
export interface Rebuild {
  /** True while there is more to do. Throws StoreFileError. */
  step(): boolean;
  /** True until a day is done. */
  isPending(day: number): boolean;
  /** How far it is, to be read; null when nothing is left. */
  progress(): string | null;
}

/** Nothing of a rebuild is only in memory: after a crash it goes on where it was. */
export function createRebuild(
  folder: string,
  hotDays: HotDays,
  sealedDays: SealedDays,
  main: () => MainFile,
  notes: DamageNotes,
): Rebuild {
  const heads = createChainHeadCodec();
  let begunWith = 0;

  const commit = (found: readonly ChainHead[], day: RebuiltDay): void => {
    // An import whose count is there has counted its rows.
    const outcome = day.counts ? null : 'revised';
    main().commit({ ...NOTHING, heads: found.map((head) => ({ head, outcome })), rebuilt: day });
  };

  const stepSealed = (row: RebuiltDay): void => {
    const { day } = row;
    const onDamage = (reason: string) => notes.ofDay(day, reason);
    const [next] = sealedDays.has(day) ? sealedDays.segments(day, onDamage, row.segment) : [];
    if (next === undefined) {
      commit([], { ...row, segment: ALL_SEGMENTS });
      return;
    }
    const { id, segment } = next;
    // A row of the hot file replaces a sealed one, and may have come since this began.
    const hot = inodeOf(hotFile(folder, day)) === undefined ? null : hotDays.of(day);
    const found = segment.timestamps
      .flatMap((timestamp, i) => {
        try {
          return [heads.decode(segment.head(i) ?? segment.blob(i))];
        } catch (error) {
          if (!(error instanceof MalformedBlobError)) throw error;
          const what = `segment ${id}: the snapshot at ${new Date(timestamp).toISOString()} ${error.message}`;
          onDamage(`${basename(dayFile(folder, day))}: ${what}`);
          return [];
        }
      })
      .filter(({ chain }) => hot === null || !hot.holds(chain, chain.timestamp));
    commit(found, { ...row, segment: id });
  };

  const stepHot = (row: RebuiltDay): void => {
    const { day } = row;
    const file = hotFile(folder, day);
    const page = inodeOf(file) === undefined ? [] : hotDays.of(day).since(row.row, PAGE);
    const last = page.at(-1);
    if (last === undefined) main().rebuild.remove(day);
    else commit(readableHeads(heads, page, file, day, notes), { ...row, row: last.id });
  };

  return {
    step() {
      const row = main().rebuild.next();
      if (row === null) return false;
      try {
        if (row.segment === ALL_SEGMENTS) stepHot(row);
        else stepSealed(row);
      } catch (error) {
        if (!isDamaged(error) || error.file === mainFile(folder)) throw error;
        notes.ofDay(row.day, error.message);
        if (row.segment === ALL_SEGMENTS) main().rebuild.remove(row.day);
        else commit([], { ...row, segment: ALL_SEGMENTS });
      }
      return main().rebuild.left() > 0;
    },
    isPending: (day) => main().rebuild.has(day),
    progress() {
      const left = main().rebuild.left();
      if (left === 0) {
        begunWith = 0;
        return null;
      }
      begunWith = Math.max(begunWith, left);
      return `the figures of ${begunWith} days are computed again from their quotes, because main.db lost them: ${begunWith - left} are done`;
    },
  };
}

const NOTHING: Omit<MainBatch, 'heads'> = { lastIds: new Map(), ticks: [], bars: [], figures: [] };

/** What snapshots say before their columns; one that is damaged is noted and left out. */
export function readableHeads(
  heads: ReturnType<typeof createChainHeadCodec>,
  page: readonly WrittenBlob[],
  file: string,
  day: number,
  notes: DamageNotes,
): ChainHead[] {
  return page.flatMap(({ id, data }) => {
    try {
      verifyBlob(data);
      return [heads.decode(data)];
    } catch (error) {
      notes.ofDay(day, new StoreFileError(file, `snapshot ${id}: ${String(error)}`, false, error).message);
      return [];
    }
  });
}
