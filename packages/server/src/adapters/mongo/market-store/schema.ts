import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { type MongoConnection, retryTakenKeys } from '../connect.ts';
import type { MongoSchema } from '../schema.ts';

const identity = (db: Db) => db.collection<{ _id: string; id: string }>('identity');

/** Collections come about by the first write to them; what a document lacks is at its default. */
export const MARKET_SCHEMA: MongoSchema = {
  database: 'deltastream',
  steps: [
    {
      what: 'name of the store',
      run: (db) => {
        const update = { $setOnInsert: { id: randomUUID().replaceAll('-', '') } };
        return retryTakenKeys(() => identity(db).updateOne({ _id: 'store' }, update, { upsert: true }));
      },
    },
  ],
};

/** The name that the first process gave to the database. */
export async function readStoreId(connection: MongoConnection): Promise<string> {
  return connection.run(async (db) => {
    const found = await identity(db).findOne({ _id: 'store' });
    if (found === null)
      throw new Error('its document that names the store was removed; restore it from a backup');
    return found.id;
  });
}
