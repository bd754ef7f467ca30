import type { PostgresSchema } from '../database/schema.ts';

/** Apart from market data, so that a role of one schema sees users and no other does. */
export const USERS_SCHEMA: PostgresSchema = {
  name: 'deltastream_users',
  steps: [
    {
      what: 'accounts, identities, sessions, API keys and denials',
      sql: (schema) => `
        CREATE TABLE ${schema}.account (
          id text PRIMARY KEY,
          email text COLLATE "C" NOT NULL CONSTRAINT account_email UNIQUE,
          name text NOT NULL,
          role text NOT NULL,
          password_hash text,
          created_at timestamptz NOT NULL,
          generation bigint NOT NULL,
          factor_secret text,
          factor_in_force boolean NOT NULL DEFAULT false,
          factor_last_step bigint NOT NULL DEFAULT 0,
          recovery_hashes text[] NOT NULL DEFAULT '{}'
        );
        CREATE TABLE ${schema}.identity (
          issuer text COLLATE "C" NOT NULL,
          subject text COLLATE "C" NOT NULL,
          user_id text NOT NULL REFERENCES ${schema}.account ON DELETE CASCADE,
          position bigint GENERATED ALWAYS AS IDENTITY,
          CONSTRAINT identity_owner PRIMARY KEY (issuer, subject)
        );
        CREATE INDEX identity_by_user ON ${schema}.identity (user_id);
        CREATE TABLE ${schema}.session (
          family_id text PRIMARY KEY,
          user_id text NOT NULL,
          secret_hash text NOT NULL,
          previous_hash text,
          created_at timestamptz NOT NULL,
          rotated_at timestamptz NOT NULL,
          expires_at timestamptz NOT NULL,
          revoked boolean NOT NULL,
          device text NOT NULL,
          network text NOT NULL
        );
        CREATE INDEX session_by_user ON ${schema}.session (user_id);
        CREATE INDEX session_by_expiry ON ${schema}.session (expires_at);
        CREATE TABLE ${schema}.api_key (
          id text PRIMARY KEY,
          user_id text NOT NULL,
          name text NOT NULL,
          secret_hash text NOT NULL,
          scopes text[] NOT NULL,
          created_at timestamptz NOT NULL,
          expires_at timestamptz,
          last_used_at timestamptz
        );
        CREATE INDEX api_key_by_user ON ${schema}.api_key (user_id);
        CREATE TABLE ${schema}.denial (
          session_id text PRIMARY KEY,
          until timestamptz NOT NULL
        );
        CREATE INDEX denial_by_time ON ${schema}.denial (until);`,
    },
    {
      what: 'preferences and layouts of users',
      sql: (schema) => `
        CREATE TABLE ${schema}.document (
          user_id text NOT NULL,
          kind text NOT NULL,
          name text COLLATE "C" NOT NULL,
          version bigint NOT NULL,
          updated_at timestamptz NOT NULL,
          json text NOT NULL,
          PRIMARY KEY (user_id, kind, name)
        );`,
    },
    {
      what: 'last logins, and disabled accounts',
      sql: (schema) => `
        ALTER TABLE ${schema}.account
          ADD COLUMN last_login_at timestamptz,
          ADD COLUMN disabled_at timestamptz;`,
    },
    {
      what: 'the trail of security events',
      sql: (schema) => `
        CREATE TABLE ${schema}.audit_event (
          seq bigint PRIMARY KEY,
          version integer NOT NULL,
          at bigint NOT NULL,
          event text NOT NULL,
          details text NOT NULL,
          hash text NOT NULL,
          mac text NOT NULL
        );
        CREATE TABLE ${schema}.audit_mark (
          name text PRIMARY KEY,
          seq bigint NOT NULL,
          hash text NOT NULL,
          mac text NOT NULL
        );
        INSERT INTO ${schema}.audit_mark VALUES ('anchor', 0, '', ''), ('head', 0, '', '');`,
    },
  ],
};
