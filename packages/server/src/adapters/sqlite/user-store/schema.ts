import type { FileSchema } from '../file-schema.ts';

export const USERS_SCHEMA = {
  keepsCopy: true,
  steps: [
    {
      what: 'accounts and sessions',
      sql: `CREATE TABLE user (
     id TEXT PRIMARY KEY,
     email TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     role TEXT NOT NULL,
     password_hash TEXT NOT NULL,
     created_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE session (
     family_id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
     secret_hash TEXT NOT NULL,
     expires_at INTEGER NOT NULL,
     revoked INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE INDEX session_by_user ON session (user_id);
   CREATE INDEX session_by_expiry ON session (expires_at);`,
    },
    // Sessions of the first step lack what a refresh now needs: everyone logs in once more.
    {
      what: 'second factors, external identities, API keys; sessions begin anew',
      sql: `CREATE TABLE account (
     id TEXT PRIMARY KEY,
     email TEXT NOT NULL UNIQUE,
     name TEXT NOT NULL,
     role TEXT NOT NULL,
     password_hash TEXT,
     created_at INTEGER NOT NULL,
     generation INTEGER NOT NULL,
     factor_secret TEXT,
     factor_in_force INTEGER NOT NULL,
     factor_last_step INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO account
     SELECT id, email, name, role, password_hash, created_at, 0, NULL, 0, 0 FROM user;
   DROP TABLE session;
   DROP TABLE user;
   ALTER TABLE account RENAME TO user;

   CREATE TABLE identity (
     issuer TEXT NOT NULL,
     subject TEXT NOT NULL,
     user_id TEXT NOT NULL,
     PRIMARY KEY (issuer, subject)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX identity_by_user ON identity (user_id);

   CREATE TABLE recovery_code (
     user_id TEXT NOT NULL,
     hash TEXT NOT NULL,
     PRIMARY KEY (user_id, hash)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE session (
     family_id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL,
     secret_hash TEXT NOT NULL,
     previous_hash TEXT,
     created_at INTEGER NOT NULL,
     rotated_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL,
     revoked INTEGER NOT NULL,
     device TEXT NOT NULL,
     network TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX session_by_user ON session (user_id);
   CREATE INDEX session_by_expiry ON session (expires_at);

   CREATE TABLE api_key (
     id TEXT PRIMARY KEY,
     user_id TEXT NOT NULL,
     name TEXT NOT NULL,
     secret_hash TEXT NOT NULL,
     scopes TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     expires_at INTEGER,
     last_used_at INTEGER
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX api_key_by_user ON api_key (user_id);

   CREATE TABLE denial (
     session_id TEXT PRIMARY KEY,
     until INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
    },
    // With row ids, as a document may be larger than a page.
    {
      what: 'preferences and layouts of users',
      sql: `CREATE TABLE document (
     user_id TEXT NOT NULL,
     kind TEXT NOT NULL,
     name TEXT NOT NULL,
     version INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     json TEXT NOT NULL,
     PRIMARY KEY (user_id, kind, name)
   ) STRICT;`,
    },
    {
      what: 'last logins, and disabled accounts',
      sql: `ALTER TABLE user ADD COLUMN last_login_at INTEGER;
   ALTER TABLE user ADD COLUMN disabled_at INTEGER;`,
    },
    // Row ids: the events are appended at the end of one tree.
    {
      what: 'the trail of security events',
      sql: `CREATE TABLE audit_event (
     seq INTEGER PRIMARY KEY,
     version INTEGER NOT NULL,
     at INTEGER NOT NULL,
     event TEXT NOT NULL,
     details TEXT NOT NULL,
     hash TEXT NOT NULL,
     mac TEXT NOT NULL
   ) STRICT;
   CREATE TABLE audit_mark (
     name TEXT PRIMARY KEY,
     seq INTEGER NOT NULL,
     hash TEXT NOT NULL,
     mac TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;
   INSERT INTO audit_mark VALUES ('anchor', 0, '', ''), ('head', 0, '', '');`,
    },
  ],
} as const satisfies FileSchema;
