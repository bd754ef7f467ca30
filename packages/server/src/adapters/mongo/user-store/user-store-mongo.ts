import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { connectMongo, type MongoOptions } from '../connect.ts';
import { migrateDatabase } from '../schema.ts';
import { createApiKeyMethods, createSessionMethods } from './access-methods.ts';
import { createAccountMethods } from './account-methods.ts';
import { createAuditMethods } from './audit-methods.ts';
import { prepareCollections, USERS_SCHEMA } from './collections.ts';
import { createDocumentMethods } from './document-methods.ts';

export type MongoUserStoreOptions = MongoOptions;

/**
 * Accounts, sessions, API keys, documents and security events in a MongoDB database. Every change is one command, and what a boolean
 * returns rests on the condition of that command on one document, so nothing needs a transaction.
 *
 * Rejects with `store_failed` when no server is there, with `newer_release` when the database is of one.
 */
export async function createMongoUserStore(options: MongoUserStoreOptions): Promise<UserStore> {
  const connection = await connectMongo(options, USERS_SCHEMA.database);
  try {
    await migrateDatabase(connection, USERS_SCHEMA);
    await connection.run(prepareCollections);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    ...createAccountMethods(connection),
    ...createSessionMethods(connection),
    ...createApiKeyMethods(connection),
    ...createDocumentMethods(connection),
    ...createAuditMethods(connection),
    close: connection.close,
  };
}
