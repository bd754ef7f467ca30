import type { UserStore } from '../../../ports/stores/users/user-store.ts';
import { connectPostgres, type PostgresOptions } from '../database/connect.ts';
import { migrate } from '../database/schema.ts';
import { createApiKeyMethods, createSessionMethods } from './access-methods.ts';
import { createAccountMethods } from './account-methods.ts';
import { createAuditMethods } from './audit-methods.ts';
import { createDocumentMethods } from './document-methods.ts';
import { USERS_SCHEMA } from './schema.ts';

/**
 * Accounts, sessions, API keys, documents and security events in a schema of a PostgreSQL database. Every change that a boolean tells of is one
 * statement whose condition decides.
 *
 * Rejects with `store_failed` when no server is there, with `newer_release` when the schema is of one.
 */
export async function createPostgresUserStore(options: PostgresOptions): Promise<UserStore> {
  const connection = await connectPostgres(options, USERS_SCHEMA.name);
  try {
    await migrate(connection, USERS_SCHEMA);
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
