import type { AlertStore } from '../../../ports/stores/alerts/alert-store.ts';
import { connectPostgres, type PostgresOptions } from '../database/connect.ts';
import { migrate } from '../database/schema.ts';
import { createChannelMethods } from './channel-methods.ts';
import { createDeliveryMethods } from './delivery-methods.ts';
import { createEvaluationMethods } from './evaluation-methods.ts';
import { createFiringMethods } from './firing-methods.ts';
import { createRuleMethods } from './rule-methods.ts';
import { ALERTS_SCHEMA } from './schema.ts';
import { createStorePart } from './transactions.ts';
import { createUpkeepMethods } from './upkeep-methods.ts';

/**
 * Rules of alerts and what fired in a schema of a PostgreSQL database. Locks are taken in one order: lease, rules by id,
 * counters; what meets another transaction all the same is run again.
 *
 * Rejects with `store_failed` when no server is there, with `newer_release` when the schema is of one.
 */
export async function createPostgresAlertStore(options: PostgresOptions): Promise<AlertStore> {
  const connection = await connectPostgres(options, ALERTS_SCHEMA.name);
  try {
    await migrate(connection, ALERTS_SCHEMA);
  } catch (error) {
    await connection.close();
    throw error;
  }
  const part = createStorePart(connection);
  return {
    ...createRuleMethods(part),
    ...createChannelMethods(part),
    ...createEvaluationMethods(part),
    ...createFiringMethods(part),
    ...createDeliveryMethods(part),
    ...createUpkeepMethods(part),
    close: connection.close,
  };
}
