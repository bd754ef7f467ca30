import type { Collection, Db } from 'mongodb';
import type { MongoSchema } from '../schema.ts';
import type {
  ApiKeyDocument,
  AuditEventDocument,
  AuditMarkDocument,
  DenialDocument,
  OwnDocument,
  SessionDocument,
  UserDocument,
} from './documents.ts';

export const users = (db: Db): Collection<UserDocument> => db.collection('users');
export const sessions = (db: Db): Collection<SessionDocument> => db.collection('sessions');
export const apiKeys = (db: Db): Collection<ApiKeyDocument> => db.collection('api_keys');
export const documents = (db: Db): Collection<OwnDocument> => db.collection('documents');
export const denials = (db: Db): Collection<DenialDocument> => db.collection('denials');
export const auditEvents = (db: Db): Collection<AuditEventDocument> => db.collection('audit_events');
export const auditMarks = (db: Db): Collection<AuditMarkDocument> => db.collection('audit_marks');

/** Apart from market data, so that a role of one database sees users and no other does. */
export const USERS_SCHEMA: MongoSchema = {
  database: 'deltastream_users',
  steps: [
    {
      // Sessions before there were devices lack what a refresh now needs: everyone logs in once more.
      what: 'sessions with their devices; older ones end',
      run: (db) => sessions(db).deleteMany({ device: { $exists: false } }),
    },
  ],
};

/** Makes the indexes that the store relies on, where they are not there. */
export async function prepareCollections(db: Db): Promise<void> {
  await users(db).createIndex({ email: 1 }, { unique: true });
  // By element, each an issuer with its subject. Sparse, because users without any would else be equal.
  await users(db).createIndex({ identities: 1 }, { unique: true, sparse: true });
  await sessions(db).createIndex({ user_id: 1 });
  await sessions(db).createIndex({ expires_at: 1 });
  await apiKeys(db).createIndex({ user_id: 1 });
  await documents(db).createIndex({ user_id: 1 });
  await denials(db).createIndex({ until: 1 });
}
