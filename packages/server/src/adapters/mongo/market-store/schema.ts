import { randomUUID } from 'node:crypto';
import type { Db } from 'mongodb';
import { type MongoConnection, retryTakenKeys } from '../connect.ts';
import type { MongoSchema } from '../schema.ts';
import { CHAINS, type ChainDocument } from './catalogue.ts';
import { ROLLUPS } from './rollups/collections.ts';

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
    {
      what: 'roll-ups of figures, and the days of which quotes are kept',
      async run(db) {
        const chains = db.collection<ChainDocument>(CHAINS);
        for await (const { _id, days } of chains.find({ quotes: { $exists: false } })) {
          await chains.updateOne({ _id }, { $addToSet: { quotes: { $each: [...days] } } });
        }
        // Absent where minutes are kept no longer.
        await db.collection(ROLLUPS).createIndex({ minutes_of: 1 }, { sparse: true });
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
