import type { Collection, Db } from 'mongodb';
import type { MongoConnection } from '../../connect.ts';

/** Of collections, what a roll-up or a removal changes in one step. */
const OPERATIONS: ReadonlySet<string | symbol> = new Set<keyof Collection>([
  'insertOne',
  'updateOne',
  'updateMany',
  'replaceOne',
  'deleteOne',
  'deleteMany',
  'bulkWrite',
  'drop',
]);

/** A connection on which something happens before each change. */
export function interrupted(connection: MongoConnection, before: () => Promise<void>): MongoConnection {
  const method = (target: object, name: string | symbol, isWatched: boolean): unknown => {
    const value: unknown = Reflect.get(target, name, target);
    if (typeof value !== 'function') return value;
    return isWatched
      ? async (...args: unknown[]) => {
          await before();
          return value.apply(target, args);
        }
      : value.bind(target);
  };
  const watched = new Proxy(connection.db, {
    get: (db, name) =>
      name === 'collection'
        ? (collection: string) =>
            new Proxy(db.collection(collection), {
              get: (of, operation) => method(of, operation, OPERATIONS.has(operation)),
            })
        : method(db, name, name === 'renameCollection'),
  }) as Db;
  return {
    ...connection,
    db: watched,
    run: (work) => connection.run(() => work(watched)),
    update: (work) => connection.update(() => work(watched)),
  };
}
