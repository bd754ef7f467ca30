import { createChainHeadCodec } from '@deltastream/contracts/codec';
import type { Db } from 'mongodb';
import type { SnapshotDocument, Stored, TickDocument } from '../documents.ts';
import type { WriterMark } from '../marks.ts';
import type { Batch } from './batch.ts';

/** Documents put again at a time. */
const PAGE = 200;

/**
 * What a writer wrote and never committed, as batches to be put again: full snapshots and ticks that nobody
 * was told to be stored.
 */
export async function* leftBehind(db: Db, mark: WriterMark): AsyncIterable<Batch> {
  const heads = createChainHeadCodec();
  const behind = { writer: mark._id, batch: { $gt: mark.committed } };
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  for (const name of names.filter((each) => each.startsWith('snapshots_'))) {
    for await (const snapshots of pages<SnapshotDocument>(db, name, behind)) {
      const chains = snapshots.map(({ data }) => {
        const { expiry_at, currency, spot } = heads.decode(data).chain;
        return { expiryAt: expiry_at, currency, spot };
      });
      yield { snapshots, chains, ticks: [], bars: [], figures: [], contested: [] };
    }
  }
  for (const name of names.filter((each) => each.startsWith('ticks_'))) {
    for await (const ticks of pages<TickDocument>(db, name, behind)) {
      yield { snapshots: [], chains: [], ticks, bars: [], figures: [], contested: [] };
    }
  }
}

/** The snapshots of the last batch that a writer committed. */
export async function* lastCommitted(
  db: Db,
  { _id, committed }: WriterMark,
): AsyncIterable<SnapshotDocument[]> {
  const names = (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
  for (const name of names.filter((each) => each.startsWith('snapshots_'))) {
    yield* pages<SnapshotDocument>(db, name, { writer: _id, batch: committed }, { data: 0, was: 0 });
  }
}

async function* pages<T extends SnapshotDocument | TickDocument>(
  db: Db,
  name: string,
  filter: Readonly<Record<string, unknown>>,
  projection: Readonly<Record<string, 0>> = {},
): AsyncIterable<T[]> {
  let last: Buffer | null = null;
  for (;;) {
    const found = (await db
      .collection(name)
      .find(last === null ? filter : { ...filter, _id: { $gt: last } }, { projection })
      .sort({ _id: 1 })
      .limit(PAGE)
      .toArray()) as unknown as Stored<T>[];
    if (found.length === 0) return;
    last = found[found.length - 1]._id;
    yield found.map(({ writer, batch, was, ...document }) => document as unknown as T);
  }
}
