import type { Collection, Db } from 'mongodb';
import type { AlertChannel, RuleMemory } from '../../../ports/stores/alerts/alert-records.ts';
import type { MongoSchema } from '../schema.ts';

/** What is only shown again is JSON, so that no name in it means anything to the server. Times are epoch milliseconds. */
export interface RuleDocument {
  readonly _id: string;
  /** Absent of a rule that was removed. */
  readonly owner?: string;
  readonly name?: string;
  readonly version?: number;
  readonly definition?: string;
  readonly muted_until?: string | null;
  readonly status?: string;
  readonly problem?: string | null;
  readonly created_at?: number;
  readonly updated_at?: number;
  readonly last_fired_at?: number | null;
  readonly firings?: number;
  /** By partition, the commit of which firings were counted last. */
  readonly counted?: Readonly<Record<string, number>>;
  /** The firing that a `once` rule ended with. */
  readonly fired_by?: string | null;
  readonly removed_at?: number;
  /** A change that is not yet among the changes. */
  readonly unannounced?: string;
}

/** `_id` is the number of a change: one writer has it, and there is none below the newest that comes later. */
export interface ChangeDocument {
  readonly _id: number;
  readonly rule_id: string;
}

/** Rules that are created together, until all are there. */
export interface CreationDocument {
  readonly _id: string;
  readonly rules: readonly RuleDocument[];
}

export interface ChannelDocument {
  readonly _id: string;
  readonly owner: string;
  readonly version: number;
  readonly name: string;
  readonly kind: AlertChannel['kind'];
  readonly sealed_target: string;
  readonly shown: string;
  readonly status: AlertChannel['status'];
  readonly reason: string | null;
  readonly created_at: number;
  readonly last_delivered_at: number | null;
  readonly not_before: number;
}

export interface LeaseDocument {
  readonly _id: number;
  readonly holder: string;
  readonly token: number;
  readonly until: number;
  /** By topic, how far the streams were evaluated. */
  readonly positions?: Readonly<Record<string, string>>;
  /** Of the batch that was committed last. */
  readonly commit: number;
  /** What else is in that batch, as JSON: one with firings until it is where it belongs, as one is kept once. */
  readonly batch: string | null;
}

/** What a partition remembers: each value with the commit that it is of, so that an earlier one never replaces it. */
export interface RememberedDocument {
  readonly _id: string;
  readonly partition: number;
  readonly commit: number;
  readonly value: string;
}
export interface MemoryDocument extends RememberedDocument {
  readonly rule_id: RuleMemory['ruleId'];
  readonly rule_version: RuleMemory['ruleVersion'];
}

export interface FiringDocument {
  readonly _id: string;
  readonly owner: string;
  readonly seq: number;
  readonly rule_id: string;
  readonly product: string | null;
  readonly at: number;
  readonly kept_at: number;
  readonly digest_until: number | null;
  readonly is_published: boolean;
  readonly waits: boolean;
  readonly firing: string;
}

/** The highest number of an owner of which the firing may be gone. */
export interface OwnerDocument {
  readonly _id: string;
  readonly seq: number;
}

/** A firing through a channel. It stays when it has ended, so that it is not handed over again. */
export interface DeliveryDocument {
  readonly _id: string;
  readonly channel_id: string;
  readonly firing_id: string;
  readonly since: number;
  readonly seq: number;
  readonly message_id: string | null;
  readonly has_ended: boolean;
}

export interface MessageDocument {
  readonly _id: string;
  readonly channel_id: string;
  readonly since: number;
  readonly attempts: number;
  readonly due_at: number;
  readonly firing_ids: readonly string[];
}

export interface AttemptDocument {
  readonly _id: string;
  readonly owner: string;
  readonly channel_id: string;
  readonly at: number;
  readonly firing_ids: readonly string[];
  readonly attempt: string;
}

export interface KeptDocument {
  readonly _id: string;
  readonly text: string;
}

const of =
  <T extends { readonly _id: unknown }>(name: string) =>
  (db: Db): Collection<T> =>
    db.collection<T>(name);

export const rules = of<RuleDocument>('alert_rules');
export const changes = of<ChangeDocument>('alert_rule_changes');
export const creations = of<CreationDocument>('alert_rule_creations');
export const channels = of<ChannelDocument>('alert_channels');
export const leases = of<LeaseDocument>('alert_leases');
export const products = of<RememberedDocument>('alert_products');
export const memories = of<MemoryDocument>('alert_memories');
export const firings = of<FiringDocument>('alert_firings');
export const owners = of<OwnerDocument>('alert_owners');
export const deliveries = of<DeliveryDocument>('alert_deliveries');
export const messages = of<MessageDocument>('alert_messages');
export const attempts = of<AttemptDocument>('alert_attempts');
export const kept = of<KeptDocument>('alert_kept');

/** Apart from accounts, so that a role of one database sees alerts and no passwords. */
export const ALERTS_SCHEMA: MongoSchema = {
  database: 'deltastream_alerts',
  versionId: 'alerts schema',
  steps: [
    { what: 'rules, channels, what rules remember, firings and their deliveries', run: prepareCollections },
  ],
};

/** Makes the indexes that the store relies on, where they are not there. */
export async function prepareCollections(db: Db): Promise<void> {
  await rules(db).createIndex({ owner: 1, name: 1 });
  await rules(db).createIndex({ unannounced: 1 }, { sparse: true });
  await changes(db).createIndex({ rule_id: 1 });
  await channels(db).createIndex({ owner: 1, name: 1 });
  for (const held of [products(db), memories(db)]) await held.createIndex({ partition: 1 });
  await memories(db).createIndex({ rule_id: 1 });
  await firings(db).createIndex({ owner: 1, seq: 1 }, { unique: true });
  await firings(db).createIndex({ rule_id: 1 });
  await firings(db).createIndex({ kept_at: 1 });
  await firings(db).createIndex({ is_published: 1, kept_at: 1 });
  await firings(db).createIndex({ waits: 1, kept_at: 1 });
  await deliveries(db).createIndex({ channel_id: 1, message_id: 1, since: 1 });
  await deliveries(db).createIndex({ has_ended: 1, message_id: 1, since: 1 });
  await deliveries(db).createIndex({ firing_id: 1 });
  await messages(db).createIndex({ channel_id: 1, due_at: 1 });
  await messages(db).createIndex({ due_at: 1 });
  await attempts(db).createIndex({ owner: 1, at: 1 });
  await attempts(db).createIndex({ at: 1 });
}

/** A key can be taken by a write that a majority does not have yet. */
export const LATEST = { readConcern: { level: 'local' } } as const;
