import type { FileSchema } from '../file-schema.ts';

/**
 * Rules and what they remember, in a file of their own beside the accounts: it is written to all day. What is only shown
 * again is JSON; columns are what is looked for.
 */
export const ALERTS_SCHEMA = {
  keepsCopy: true,
  steps: [
    {
      what: 'rules, channels, what rules remember, firings and their deliveries',
      // With row ids, where a row may be larger than a page or is to be found in the order of its coming.
      sql: `CREATE TABLE rule (
     id TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     name TEXT NOT NULL,
     version INTEGER NOT NULL,
     definition TEXT NOT NULL,
     muted_until TEXT,
     status TEXT NOT NULL,
     problem TEXT,
     created_at INTEGER NOT NULL,
     updated_at INTEGER NOT NULL,
     last_fired_at INTEGER,
     firings INTEGER NOT NULL,
     change INTEGER NOT NULL UNIQUE
   ) STRICT;
   CREATE INDEX rule_by_owner ON rule (owner, name, id);
   CREATE TABLE removed_rule (
     id TEXT PRIMARY KEY,
     change INTEGER NOT NULL UNIQUE,
     at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE counter (
     name TEXT PRIMARY KEY,
     value INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE channel (
     id TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     version INTEGER NOT NULL,
     name TEXT NOT NULL,
     kind TEXT NOT NULL,
     sealed_target TEXT NOT NULL,
     shown TEXT NOT NULL,
     status TEXT NOT NULL,
     reason TEXT,
     created_at INTEGER NOT NULL,
     last_delivered_at INTEGER,
     not_before INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX channel_by_owner ON channel (owner, name, id);

   CREATE TABLE lease (
     partition INTEGER PRIMARY KEY,
     holder TEXT NOT NULL,
     token INTEGER NOT NULL,
     until INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE position (
     partition INTEGER NOT NULL,
     topic TEXT NOT NULL,
     position TEXT NOT NULL,
     PRIMARY KEY (partition, topic)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE product (
     partition INTEGER NOT NULL,
     product TEXT NOT NULL,
     epoch TEXT NOT NULL,
     replaced TEXT,
     seq INTEGER NOT NULL,
     timestamp INTEGER NOT NULL,
     PRIMARY KEY (partition, product)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE memory (
     rule_id TEXT NOT NULL,
     product TEXT NOT NULL,
     expiry TEXT NOT NULL,
     partition INTEGER NOT NULL,
     rule_version INTEGER NOT NULL,
     state TEXT NOT NULL,
     PRIMARY KEY (rule_id, product, expiry)
   ) STRICT;
   CREATE INDEX memory_by_partition ON memory (partition);

   CREATE TABLE firing (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     owner TEXT NOT NULL,
     seq INTEGER NOT NULL,
     rule_id TEXT NOT NULL,
     product TEXT,
     at INTEGER NOT NULL,
     kept_at INTEGER NOT NULL,
     digest_until INTEGER,
     is_published INTEGER NOT NULL,
     waits INTEGER NOT NULL,
     firing TEXT NOT NULL,
     UNIQUE (owner, seq)
   ) STRICT;
   CREATE INDEX firing_by_rule ON firing (rule_id, seq);
   CREATE INDEX firing_by_product ON firing (owner, product, seq);
   CREATE INDEX firing_by_age ON firing (kept_at);
   CREATE INDEX firing_unpublished ON firing (number) WHERE is_published = 0;
   CREATE INDEX firing_waiting ON firing (number) WHERE waits = 1;

   CREATE TABLE message (
     id TEXT PRIMARY KEY,
     channel_id TEXT NOT NULL,
     since INTEGER NOT NULL,
     attempts INTEGER NOT NULL,
     due_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX message_by_channel ON message (channel_id, due_at);
   CREATE INDEX message_by_time ON message (due_at);
   CREATE TABLE delivery (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     channel_id TEXT NOT NULL,
     firing_id TEXT NOT NULL,
     since INTEGER NOT NULL,
     message_id TEXT,
     UNIQUE (channel_id, firing_id)
   ) STRICT;
   CREATE INDEX delivery_by_message ON delivery (message_id, number);
   CREATE INDEX delivery_by_firing ON delivery (firing_id);
   CREATE INDEX delivery_unsent ON delivery (channel_id, number) WHERE message_id IS NULL;

   CREATE TABLE attempt (
     id TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     channel_id TEXT NOT NULL,
     at INTEGER NOT NULL,
     attempt TEXT NOT NULL
   ) STRICT;
   CREATE INDEX attempt_by_owner ON attempt (owner, at, id);
   CREATE INDEX attempt_by_channel ON attempt (channel_id, at, id);
   CREATE INDEX attempt_by_age ON attempt (at);
   CREATE TABLE attempt_firing (
     firing_id TEXT NOT NULL,
     attempt_id TEXT NOT NULL,
     PRIMARY KEY (firing_id, attempt_id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX attempt_firing_by_attempt ON attempt_firing (attempt_id);

   CREATE TABLE kept (
     name TEXT PRIMARY KEY,
     text TEXT NOT NULL
   ) STRICT;`,
    },
  ],
} as const satisfies FileSchema;
