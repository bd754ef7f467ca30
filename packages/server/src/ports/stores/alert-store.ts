import type {
  AlertRuleDefinition,
  ChannelKind,
  DELIVERY_OUTCOMES,
  RULE_STATUSES,
} from '@deltastream/contracts';

/**
 * Rules of alerts, their channels, what they remember of the stream, what fired and how it was delivered. Only the
 * alerts service holds this port; its engine is that of the accounts.
 *
 * Guarantees, for every adapter (alert-store.contract.ts):
 * - Every write is durable when it resolves.
 * - `commit` is one transaction: states, firings, claims of `once` rules and the position, or none of them; and none
 *   where the lease of the partition has passed to somebody else.
 * - A firing is kept once by its id, whoever commits it and how often.
 * - Of callers that fire a rule that is `once` at the same time, exactly one firing is kept.
 */
export interface AlertStore {
  /** If the owner has fewer than `most`. */
  createRule(rule: AlertRule, most: number): Promise<boolean>;
  rule(id: string): Promise<AlertRule | null>;
  /** By name and id, those after this one. */
  rulesOf(owner: string, after: string | null, limit: number): Promise<AlertRule[]>;
  /** If the stored version is `from`. A changed rule forgets what it remembered of the stream. */
  putRule(rule: AlertRule, from: number): Promise<boolean>;
  /** Its firings stay until they are too old. */
  removeRule(owner: string, id: string): Promise<boolean>;
  /** Rules of all owners that were created, changed, fired for good or removed after this change, in order of changes. */
  changesAfter(change: number, limit: number): Promise<RuleChange[]>;

  createChannel(channel: AlertChannel, most: number): Promise<boolean>;
  channel(id: string): Promise<AlertChannel | null>;
  channelsOf(owner: string): Promise<AlertChannel[]>;
  /** If the stored version is `from`. */
  putChannel(channel: AlertChannel, from: number): Promise<boolean>;
  removeChannel(owner: string, id: string): Promise<boolean>;
  /** All of an account that is gone. */
  removeOwner(owner: string): Promise<void>;

  /**
   * Takes or renews a partition for `holder`, if nobody else holds it at `nowMs`. Resolves with the lease, whose
   * `token` rises each time that the holder changes, or null.
   */
  lease(partition: number, holder: string, nowMs: number, forMs: number): Promise<Lease | null>;
  release(lease: Lease): Promise<void>;
  /** What is remembered of a partition: how far its streams were evaluated, and the states of its rules. */
  remembered(partition: number): Promise<Remembered>;
  /** False, and nothing is changed, where the lease is no longer the one of the partition. */
  commit(lease: Lease, batch: EvaluationBatch): Promise<CommitResult | null>;

  /** Firings that were not yet published, oldest first. */
  unpublished(limit: number): Promise<StoredFiring[]>;
  published(ids: readonly string[]): Promise<void>;
  /** Newest first. */
  firings(query: FiringQuery): Promise<StoredFiring[]>;
  /** Firings that wait for their channels, oldest first. */
  undelivered(nowMs: number, limit: number): Promise<StoredFiring[]>;
  /** The delivery took over: jobs of its channels are in the queue. */
  handedOver(ids: readonly string[]): Promise<void>;
  noteAttempt(attempt: DeliveryAttempt): Promise<void>;
  /** Newest first. */
  attempts(query: AttemptQuery): Promise<DeliveryAttempt[]>;
  /** Removes firings and attempts older than this; resolves with how many. */
  removeBefore(ms: number): Promise<number>;
  close(): Promise<void>;
}

export interface AlertRule {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly definition: AlertRuleDefinition;
  readonly status: (typeof RULE_STATUSES)[number];
  readonly problem: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly lastFiredAt: number | null;
  readonly firings: number;
}

export interface RuleChange {
  /** Rises with each change of any rule. */
  readonly change: number;
  readonly id: string;
  /** Null where it was removed. */
  readonly rule: AlertRule | null;
}

export interface AlertChannel {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly name: string;
  readonly kind: ChannelKind;
  /** The target, sealed. */
  readonly sealedTarget: string;
  /** What may be shown of it. */
  readonly shown: string;
  readonly status: 'ready' | 'failing' | 'disabled';
  readonly reason: string | null;
  readonly createdAt: number;
  readonly lastDeliveredAt: number | null;
}

export interface Lease {
  readonly partition: number;
  readonly holder: string;
  readonly token: number;
  readonly untilMs: number;
}

/** What one rule remembers for one product and expiry; the evaluator alone knows what stands in it. */
export interface RuleMemory {
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly product: string;
  /** '' where the rule follows the nearest expiry. */
  readonly expiry: string;
  readonly state: string;
}

/** How far a product's stream was evaluated. */
export interface EvaluatedPosition {
  readonly product: string;
  readonly epoch: string;
  readonly seq: number;
  readonly timestamp: number;
}

export interface Remembered {
  /** By topic: the position of the bus from which a follower goes on. */
  readonly positions: Readonly<Record<string, string>>;
  readonly products: readonly EvaluatedPosition[];
  readonly memories: readonly RuleMemory[];
}

export interface EvaluationBatch {
  readonly positions: Readonly<Record<string, string>>;
  readonly products: readonly EvaluatedPosition[];
  /** Those that changed. */
  readonly memories: readonly RuleMemory[];
  readonly firings: readonly NewFiring[];
}

export interface CommitResult {
  /** Those that are kept now and were not before, with their numbers. */
  readonly firings: readonly StoredFiring[];
}

export interface NewFiring {
  /** Made of rule, version, product, expiry, epoch and seq: the same chain gives the same id. */
  readonly id: string;
  readonly ruleId: string;
  readonly ruleVersion: number;
  readonly owner: string;
  readonly rule: string;
  /** The rule is `once`: kept only if it has not fired. */
  readonly once: boolean;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly product: string | null;
  readonly expiry: string | null;
  readonly at: number;
  readonly message: string;
  readonly figures: Readonly<Record<string, number | null>>;
  readonly muted: boolean;
  readonly channels: readonly string[];
  /** Delivered together with what fires until then; null: at once. */
  readonly digestUntil: number | null;
}

export interface StoredFiring extends NewFiring {
  /** Of its owner: rises by one with each firing that is kept. */
  readonly seq: number;
}

export interface FiringQuery {
  readonly owner: string;
  readonly ruleId?: string;
  readonly product?: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Those of a smaller number. */
  readonly before?: number;
  readonly limit: number;
}

export interface DeliveryAttempt {
  readonly id: string;
  readonly owner: string;
  readonly channelId: string;
  readonly channel: string;
  readonly kind: ChannelKind;
  readonly firingIds: readonly string[];
  readonly test: boolean;
  readonly attempt: number;
  readonly at: number;
  readonly outcome: (typeof DELIVERY_OUTCOMES)[number];
  readonly status: number | null;
  readonly reason: string | null;
  readonly durationMs: number;
}

export interface AttemptQuery {
  readonly owner: string;
  readonly channelId?: string;
  readonly firingId?: string;
  readonly before?: { readonly at: number; readonly id: string };
  readonly limit: number;
}
