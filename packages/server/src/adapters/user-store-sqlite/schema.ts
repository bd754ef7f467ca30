export const USER_STORE_STEPS = [
  `CREATE TABLE user (
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
] as const;
