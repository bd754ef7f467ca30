import { type AnyBulkWriteOperation, type Collection, MongoBulkWriteError } from 'mongodb';
import { DeltaStreamError } from '../../../../kit/errors.ts';
import { compareVersions } from '../../../../ports/stores/version-order.ts';
import { DUPLICATE_KEY } from '../../connect.ts';
import type { Stamp, Stored, Versioned } from '../documents.ts';
import { isVisible, type Marks } from '../marks.ts';

export interface Added {
  readonly documents: number;
  readonly quotes: number;
  /** What became of the documents of imports; see `importCount`. */
  readonly imports: readonly ImportCount[];
}

/** One document of an import that was taken. */
export interface ImportCount {
  readonly generation: number;
  readonly outcome: 'new' | 'replaced' | 'same';
}

export interface PutContext<T extends Versioned = Versioned> {
  readonly stamp: Stamp;
  readMarks(): Promise<Marks>;
  /** Ends a writer, unless the batch has been committed meanwhile. */
  fence(writer: number, batch: number): Promise<unknown>;
  /** True when two documents of one key say the same, apart from their versions. */
  saySame(a: T, b: T): boolean;
  /** False for a document that retention took out of the counts. */
  isCounted(there: T): boolean;
  /** Told of every document that found another at its key. */
  onMet(given: T, there: T): void;
}

/** Rounds of looking at what is there and replacing it, when other writers keep changing it. */
const MAX_ROUNDS = 8;
/**
 * Documents that are replaced by one command. A server is silent until a command is done, so that one with all of a
 * large batch would be cut at the longest silence wherever the server is slow, and be put again from its begin.
 */
const REPLACED_AT_A_TIME = 32;

/**
 * Puts documents by the [epoch, seq] rule, seen only once their batch is committed; resolves with what they add.
 * Most are new, so all are inserted in one unordered command, and the key decides. Those whose key is taken
 * are looked at, and replaced on the condition that the stamp is still the one looked at, which makes the
 * look and the replacement one step. `documents` have different keys.
 */
export async function putVersioned<T extends Versioned>(
  collection: Collection<Stored<T>>,
  documents: readonly T[],
  around: PutContext<T>,
): Promise<Added> {
  const decided = new Map<string, Added>();
  let left = await insert(collection, documents, around.stamp, decided);
  for (let round = 0; left.length > 0; round++) {
    if (round === MAX_ROUNDS) {
      throw new DeltaStreamError(
        'store_failed',
        `${collection.collectionName}: other writers change the same keys`,
      );
    }
    left = await replace(collection, left, around, decided);
  }
  const added = [...decided.values()];
  return sumOf(added);
}

export function sumOf(added: readonly Added[]): Added {
  return {
    documents: added.reduce((sum, each) => sum + each.documents, 0),
    quotes: added.reduce((sum, each) => sum + each.quotes, 0),
    imports: added.flatMap(({ imports }) => imports),
  };
}

const importCount = ({ generation = 0 }: Versioned, outcome: ImportCount['outcome']): ImportCount[] =>
  generation === 0 ? [] : [{ generation, outcome }];

/** Inserts; resolves with those whose key is taken. */
async function insert<T extends Versioned>(
  collection: Collection<Stored<T>>,
  documents: readonly T[],
  stamp: Stamp,
  decided: Map<string, Added>,
): Promise<T[]> {
  if (documents.length === 0) return [];
  const operations = documents.map((document) => ({
    insertOne: { document: { ...document, ...stamp } },
  })) as unknown as AnyBulkWriteOperation<Stored<T>>[];
  const taken = new Set<number>();
  try {
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    for (const index of duplicates(error)) taken.add(index);
  }
  for (const [i, document] of documents.entries()) {
    if (taken.has(i)) continue;
    const { _id, quotes } = document;
    decided.set(_id.toString('latin1'), { documents: 1, quotes, imports: importCount(document, 'new') });
  }
  return documents.filter((_, i) => taken.has(i));
}

/** Looks at what is there; resolves with those that must be looked at again. */
async function replace<T extends Versioned>(
  collection: Collection<Stored<T>>,
  documents: readonly T[],
  { stamp, readMarks, fence, saySame, isCounted, onMet }: PutContext<T>,
  decided: Map<string, Added>,
): Promise<T[]> {
  const found = await findByKeys(collection, documents);
  // Marks are read after the documents, so that what is not committed by them was not when it was looked at.
  const marks = await readMarks();
  const removed: T[] = [];
  const waiting: T[] = [];
  const replaced: T[] = [];
  const operations: AnyBulkWriteOperation<Stored<T>>[] = [];
  const fences = new Map<number, number>();

  for (const document of documents) {
    const key = document._id.toString('latin1');
    const there = found.get(key);
    if (there === undefined) {
      removed.push(document);
      continue;
    }
    const { writer, batch, was, ...rest } = there;
    if (writer === stamp.writer && batch === stamp.batch) continue;
    onMet(document, rest as unknown as T);
    if (was) onMet(document, was);
    const unfinished = !isVisible(marks, there);
    if (unfinished && marks.open.has(writer)) {
      // Whether it counts is not settled before its writer can no longer commit it.
      fences.set(writer, Math.max(batch, fences.get(writer) ?? 0));
      waiting.push(document);
      continue;
    }
    const held = unfinished ? (was ?? null) : (rest as unknown as T);
    if (held !== null && (compareVersions(document, held) < 0 || isSame(document, held))) {
      decided.set(key, { documents: 0, quotes: 0, imports: [] });
      continue;
    }
    const outcome = held === null ? 'new' : saySame(document, held) ? 'same' : 'replaced';
    const counted = held === null || compareVersions(document, held) > 0;
    const uncounted = held === null || !isCounted(held);
    decided.set(key, {
      documents: uncounted ? 1 : 0,
      quotes: document.quotes - (uncounted ? 0 : held.quotes),
      imports: counted ? importCount(document, outcome) : [],
    });
    replaced.push(document);
    operations.push({
      replaceOne: {
        filter: { _id: document._id, writer, batch },
        replacement: { ...document, ...stamp, ...(held === null ? {} : { was: held }) },
      },
    } as unknown as AnyBulkWriteOperation<Stored<T>>);
  }

  await Promise.all([...fences].map(([writer, batch]) => fence(writer, batch)));
  const matched = await replaceEach(collection, operations);
  if (matched < operations.length) waiting.push(...replaced);
  return [...waiting, ...(await insert(collection, removed, stamp, decided))];
}

/** Resolves with how many were what was looked at. */
async function replaceEach<T extends Versioned>(
  collection: Collection<Stored<T>>,
  operations: readonly AnyBulkWriteOperation<Stored<T>>[],
): Promise<number> {
  let matched = 0;
  for (let at = 0; at < operations.length; at += REPLACED_AT_A_TIME) {
    const page = operations.slice(at, at + REPLACED_AT_A_TIME);
    matched += (await collection.bulkWrite(page, { ordered: false })).matchedCount;
  }
  return matched;
}

async function findByKeys<T extends Versioned>(
  collection: Collection<Stored<T>>,
  documents: readonly T[],
): Promise<Map<string, Stored<T>>> {
  const filter = { _id: { $in: documents.map(({ _id }) => _id) } } as Parameters<typeof collection.find>[0];
  const found = (await collection.find(filter).toArray()) as unknown as Stored<T>[];
  return new Map(found.map((document) => [document._id.toString('latin1'), document]));
}

/** Indexes of the operations whose key was taken; throws the error when it says anything else. */
function duplicates(error: unknown): number[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const errors = [error.writeErrors].flat();
  if (error.result.getWriteConcernError() !== undefined) throw error;
  if (errors.length === 0 || errors.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  return errors.map(({ index }) => index);
}

/** The same document again, as redelivery brings it. */
function isSame(a: Versioned, b: Versioned): boolean {
  const keys = Object.keys(a) as (keyof Versioned)[];
  return keys.every((key) => {
    const [left, right]: unknown[] = [a[key], b[key]];
    if (left instanceof Uint8Array) return right instanceof Uint8Array && Buffer.compare(left, right) === 0;
    if (left instanceof Date) return right instanceof Date && left.getTime() === right.getTime();
    return left === right;
  });
}
