import type { Collection, Db } from 'mongodb';
import type { Stamp, Stored, Versioned } from './documents.ts';

/**
 * How all of a batch appears at once on a server without transactions. Every document carries the number of
 * its writer and of the writer's batch; a batch is committed by one update of the writer's mark, after all
 * of its documents are there. A reader takes the marks first, and then sees the documents of the batches
 * that were committed by then, and of a document that was replaced since, what it replaced.
 */
export interface WriterMark {
  /** Ascends with every writer that was opened on this database. */
  readonly _id: number;
  /**
   * open: at work. closed: ended with nothing left behind. fenced: refused to commit any more, because
   * another writer needed a document of its unfinished batch, or took it for gone. adopted: what it left
   * behind was put again by another. done: all its documents may be seen.
   */
  readonly state: 'open' | 'closed' | 'fenced' | 'adopted' | 'done';
  /** Its batches up to this one may be seen. */
  readonly committed: number;
  /** What its batches added. */
  readonly snapshots: number;
  readonly quotes: number;
  readonly ticks: number;
  /** By the number of each import, what became of the rows of it that its batches took. */
  readonly imports?: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Time of its last commit, or of its beginning to write to past places after that. */
  readonly at: Date;
  /** What retention leaves alone meanwhile; see past-places.ts. */
  readonly writing_to?: readonly string[];
}

export const WRITERS = 'writers';
export const marksOf = (db: Db): Collection<WriterMark> => db.collection<WriterMark>(WRITERS);

export interface Marks {
  readonly latestWriter: number;
  /** Last committed batch of every writer that may have documents that must not be seen. */
  readonly committed: ReadonlyMap<number, number>;
  /** Those of them that may yet commit. */
  readonly open: ReadonlySet<number>;
}

export async function readMarks(db: Db): Promise<Marks> {
  const marks = await marksOf(db)
    .find({ state: { $ne: 'done' } }, { projection: { state: 1, committed: 1 } })
    .toArray();
  return {
    // The newest writer is never `done`, see writer.ts.
    latestWriter: Math.max(0, ...marks.map(({ _id }) => _id)),
    committed: new Map(marks.map(({ _id, committed }) => [_id, committed])),
    open: new Set(marks.filter(({ state }) => state === 'open').map(({ _id }) => _id)),
  };
}

export function isVisible(marks: Marks, { writer, batch }: Stamp): boolean {
  return writer <= marks.latestWriter && batch <= (marks.committed.get(writer) ?? Number.POSITIVE_INFINITY);
}

/** Filters of documents of batches that may not be seen, of the writers that marks know. */
const unfinished = (marks: Marks) =>
  [...marks.committed].map(([writer, committed]) => ({ writer, batch: { $gt: committed } }));

/** The filter of documents whose own batch may be seen. */
export const committedFilter = (marks: Marks) => ({
  writer: { $lte: marks.latestWriter },
  ...(marks.committed.size > 0 ? { $nor: unfinished(marks) } : {}),
});

/** The filter of documents whose own batch may not be seen yet. */
export const uncommittedFilter = (marks: Marks) => ({
  $or: [{ writer: { $gt: marks.latestWriter } }, ...unfinished(marks)],
});

/** The filter of documents that hold anything to be seen; `replaced`: what a replaced one must have for that. */
export const visibleFilter = (marks: Marks, replaced: 'was' | 'was.data' = 'was') => ({
  $or: [committedFilter(marks), { [replaced]: { $exists: true } }],
});

/** What a reader sees of a document; null when nothing. */
export function visiblePart<T extends Versioned>(marks: Marks, document: Stored<T>): T | null {
  return isVisible(marks, document) ? document : (document.was ?? null);
}
