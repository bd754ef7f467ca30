import type { UserStore } from '../../ports/user-store.ts';
import { connectMongo, type MongoOptions } from '../mongo/connect.ts';
import { createApiKeyMethods, createSessionMethods } from './access-methods.ts';
import { createAccountMethods } from './account-methods.ts';
import { prepareCollections } from './collections.ts';

export type MongoUserStoreOptions = MongoOptions;

/** Apart from market data, so that a role of one database sees users and no other does. */
const DATABASE = 'deltastream_users';

/**
 * Accounts, sessions and API keys in a MongoDB database. Every change is one command, and what a boolean
 * answers rests on the condition of that command on one document, so nothing needs a transaction.
 *
 * Rejects with `store_failed` when no server is there.
 */
export async function createMongoUserStore(options: MongoUserStoreOptions): Promise<UserStore> {
  const connection = await connectMongo(options, DATABASE);
  try {
    await connection.run(prepareCollections);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return {
    ...createAccountMethods(connection),
    ...createSessionMethods(connection),
    ...createApiKeyMethods(connection),
    close: connection.close,
  };
}
