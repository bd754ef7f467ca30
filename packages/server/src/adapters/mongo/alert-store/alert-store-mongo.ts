import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { connectMongo, type MongoOptions } from '../connect.ts';
import { migrateDatabase } from '../schema.ts';
import { createChannelMethods } from './channel-methods.ts';
import { ALERTS_SCHEMA, prepareCollections } from './collections.ts';
import { createDeliveryMethods } from './delivery-methods.ts';
import { createEvaluationMethods } from './evaluation-methods.ts';
import { createFiringMethods } from './firing-methods.ts';
import { createRuleMethods } from './rule-methods.ts';
import { createUpkeepMethods } from './upkeep-methods.ts';

/**
 * Rules of alerts and what fired in a MongoDB database, without transactions, which not every server has: what must be kept
 * together is first put into one document, and completed from there after a crash.
 *
 * Rejects with `store_failed` when no server is there, with `newer_release` when the database is of one.
 */
export async function createMongoAlertStore(options: MongoOptions): Promise<AlertStore> {
  const connection = await connectMongo(options, ALERTS_SCHEMA.database);
  try {
    await migrateDatabase(connection, ALERTS_SCHEMA);
    await connection.run(prepareCollections);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    ...createRuleMethods(connection),
    ...createChannelMethods(connection),
    ...createEvaluationMethods(connection),
    ...createFiringMethods(connection),
    ...createDeliveryMethods(connection),
    ...createUpkeepMethods(connection),
    close: connection.close,
  };
}
