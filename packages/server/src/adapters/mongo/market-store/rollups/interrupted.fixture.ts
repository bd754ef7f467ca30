import type { Collection, Db } from 'mongodb';
import type { MongoConnection } from '../../connect.ts';

/** Of collections, what a roll-up or a removal changes in one step. */
const CHANGES: ReadonlySet<string | symbol> = new Set<keyof Collection>([
  'insertOne',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
  'drop',
]);
/** What it reads of one document besides. */
export const CHANGES_AND_READS: ReadonlySet<string | symbol> = new Set([...CHANGES, 'findOne']);

export interface Operation {
  readonly collection: string;
  readonly name: string | symbol;
  /** Whether it is one of `update` of the connection. */
  readonly inTurn: boolean;
}

/** A connection on which something happens before each of these operations, and before a collection is renamed. */
export function interrupted(
  connection: MongoConnection,
  before: (operation: Operation) => Promise<void>,
  operations: ReadonlySet<string | symbol> = CHANGES,
): MongoConnection {
  const watch = (db: Db, inTurn: boolean): Db => {
    const method = (target: object, name: string | symbol, collection: string | null): unknown => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return collection === null
        ? value.bind(target)
        : async (...args: unknown[]) => {
            await before({ collection, name, inTurn });
            return value.apply(target, args);
          };
    };
    const watchCollection = (collection: string) =>
      new Proxy(db.collection(collection), {
        get: (of, name) => method(of, name, operations.has(name) ? collection : null),
      });
    return new Proxy(db, {
      get: (of, name) =>
        name === 'collection' ? watchCollection : method(of, name, name === 'renameCollection' ? '' : null),
    }) as Db;
  };
  const watched = watch(connection.db, false);
  return {
    ...connection,
    db: watched,
    run: (work) => connection.run(() => work(watched)),
    update: (work) => connection.update((db) => work(watch(db, true))),
  };
}
