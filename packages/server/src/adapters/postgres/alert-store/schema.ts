import type { PostgresSchema } from '../database/schema.ts';

/**
 * Apart from accounts, so that the role of the alerts service sees no passwords. What is only shown again is JSON; columns
 * are what is looked for. Times are epoch milliseconds.
 */
export const ALERTS_SCHEMA: PostgresSchema = {
  name: 'deltastream_alerts',
  steps: [
    {
      what: 'rules, channels, what rules remember, firings and their deliveries',
      sql: (schema) => `
        CREATE TABLE ${schema}.rule (
          id text COLLATE "C" PRIMARY KEY,
          owner text COLLATE "C" NOT NULL,
          name text COLLATE "C" NOT NULL,
          version bigint NOT NULL,
          definition text NOT NULL,
          muted_until text,
          status text NOT NULL,
          problem text,
          created_at bigint NOT NULL,
          updated_at bigint NOT NULL,
          last_fired_at bigint,
          firings bigint NOT NULL,
          change bigint NOT NULL
        );
        CREATE INDEX rule_by_owner ON ${schema}.rule (owner, name, id);
        CREATE INDEX rule_by_change ON ${schema}.rule (change);
        CREATE TABLE ${schema}.removed_rule (
          id text PRIMARY KEY,
          change bigint NOT NULL,
          at bigint NOT NULL
        );
        CREATE INDEX removed_rule_by_change ON ${schema}.removed_rule (change);
        CREATE TABLE ${schema}.counter (
          name text PRIMARY KEY,
          value bigint NOT NULL
        );

        CREATE TABLE ${schema}.channel (
          id text PRIMARY KEY,
          owner text NOT NULL,
          version bigint NOT NULL,
          name text COLLATE "C" NOT NULL,
          kind text NOT NULL,
          sealed_target text NOT NULL,
          shown text NOT NULL,
          status text NOT NULL,
          reason text,
          created_at bigint NOT NULL,
          last_delivered_at bigint,
          not_before bigint NOT NULL
        );
        CREATE INDEX channel_by_owner ON ${schema}.channel (owner, name);

        CREATE TABLE ${schema}.lease (
          partition integer PRIMARY KEY,
          holder text NOT NULL,
          token bigint NOT NULL,
          until bigint NOT NULL
        );
        CREATE TABLE ${schema}.position (
          partition integer NOT NULL,
          topic text NOT NULL,
          position text NOT NULL,
          PRIMARY KEY (partition, topic)
        );
        CREATE TABLE ${schema}.product (
          partition integer NOT NULL,
          product text NOT NULL,
          epoch text NOT NULL,
          replaced text,
          seq bigint NOT NULL,
          timestamp bigint NOT NULL,
          PRIMARY KEY (partition, product)
        );
        CREATE TABLE ${schema}.memory (
          rule_id text NOT NULL,
          product text NOT NULL,
          expiry text NOT NULL,
          partition integer NOT NULL,
          rule_version bigint NOT NULL,
          state text NOT NULL,
          PRIMARY KEY (rule_id, product, expiry)
        );
        CREATE INDEX memory_by_partition ON ${schema}.memory (partition);

        CREATE TABLE ${schema}.firing (
          number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          id text NOT NULL UNIQUE,
          owner text NOT NULL,
          seq bigint NOT NULL,
          rule_id text NOT NULL,
          product text,
          at bigint NOT NULL,
          kept_at bigint NOT NULL,
          digest_until bigint,
          is_published boolean NOT NULL DEFAULT false,
          waits boolean NOT NULL,
          firing text NOT NULL,
          UNIQUE (owner, seq)
        );
        CREATE INDEX firing_by_rule ON ${schema}.firing (rule_id, seq);
        CREATE INDEX firing_by_product ON ${schema}.firing (owner, product, seq);
        CREATE INDEX firing_by_age ON ${schema}.firing (kept_at);
        CREATE INDEX firing_unpublished ON ${schema}.firing (number) WHERE NOT is_published;
        CREATE INDEX firing_waiting ON ${schema}.firing (number) WHERE waits;

        CREATE TABLE ${schema}.message (
          id text PRIMARY KEY,
          channel_id text NOT NULL,
          since bigint NOT NULL,
          attempts integer NOT NULL,
          due_at bigint NOT NULL
        );
        CREATE INDEX message_by_channel ON ${schema}.message (channel_id, due_at);
        CREATE INDEX message_by_time ON ${schema}.message (due_at);
        CREATE TABLE ${schema}.delivery (
          number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
          channel_id text NOT NULL,
          firing_id text NOT NULL,
          since bigint NOT NULL,
          message_id text,
          UNIQUE (channel_id, firing_id)
        );
        CREATE INDEX delivery_by_message ON ${schema}.delivery (message_id, number);
        CREATE INDEX delivery_by_firing ON ${schema}.delivery (firing_id);
        CREATE INDEX delivery_unsent ON ${schema}.delivery (channel_id, number) WHERE message_id IS NULL;

        CREATE TABLE ${schema}.attempt (
          id text COLLATE "C" PRIMARY KEY,
          owner text NOT NULL,
          channel_id text NOT NULL,
          at bigint NOT NULL,
          firing_ids text[] NOT NULL,
          attempt text NOT NULL
        );
        CREATE INDEX attempt_by_owner ON ${schema}.attempt (owner, at, id);
        CREATE INDEX attempt_by_channel ON ${schema}.attempt (channel_id, at, id);
        CREATE INDEX attempt_by_age ON ${schema}.attempt (at);
        CREATE INDEX attempt_by_firing ON ${schema}.attempt USING gin (firing_ids);

        CREATE TABLE ${schema}.kept (
          name text PRIMARY KEY,
          text text NOT NULL
        );`,
    },
  ],
};
