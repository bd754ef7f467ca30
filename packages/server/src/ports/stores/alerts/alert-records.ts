import type {
  AlertRuleDefinition,
  ChannelKind,
  DELIVERY_OUTCOMES,
  RULE_STATUSES,
} from '@deltastream/contracts';

export interface SuspendedOwner {
  readonly owner: string;
  readonly sinceMs: number;
}

export interface RuleKey {
  readonly name: string;
  readonly id: string;
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
  /** Time of the data. */
  readonly lastFiredAt: number | null;
  /** Counted by the store. */
  readonly firings: number;
}

export interface RuleChange {
  /** Rises with each change of any rule. */
  readonly change: number;
  readonly id: string;
  /** Null where it was removed. */
  readonly rule: AlertRule | null;
}

export interface AlertChannel extends ChannelNote {
  readonly id: string;
  readonly owner: string;
  readonly version: number;
  readonly name: string;
  readonly kind: ChannelKind;
  /** The target, sealed. */
  readonly sealedTarget: string;
  /** What may be shown of it. */
  readonly shown: string;
  readonly createdAt: number;
}

export interface ChannelNote {
  readonly status: 'ready' | 'failing' | 'disabled';
  readonly reason: string | null;
  readonly lastDeliveredAt: number | null;
  /** Nothing is sent through it before. */
  readonly notBefore: number;
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
  /** '' forgets it. */
  readonly state: string;
}

/** How far a product's stream was evaluated. */
export interface EvaluatedPosition {
  readonly product: string;
  readonly epoch: string;
  /** The epoch that this one took the place of; null where none is known. */
  readonly replaced: string | null;
  readonly seq: number;
  readonly timestamp: number;
}

export interface Remembered {
  /** By topic: the position of the bus from which a follower goes on. */
  readonly positions: Readonly<Record<string, string>>;
  readonly products: readonly EvaluatedPosition[];
  readonly memories: readonly RuleMemory[];
}

export interface KeptPositions {
  readonly lease: Lease;
  /** By topic, as those of a batch. */
  readonly positions: Readonly<Record<string, string>>;
}

export interface EvaluationBatch {
  /** When it is committed: firings are kept from then on. */
  readonly atMs: number;
  /** Of topics that went on; those of others stay. */
  readonly positions: Readonly<Record<string, string>>;
  /** Of products that went on. */
  readonly products: readonly EvaluatedPosition[];
  /** Those that changed, each once. Those of a version that is not stored are left out. */
  readonly memories: readonly RuleMemory[];
  /** In the order in which they are to be numbered. */
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
  /** Time of the data. */
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
  readonly keptAt: number;
}

export interface FiringQuery {
  readonly owner: string;
  readonly ruleId?: string;
  readonly product?: string;
  /** Inclusive, of the time of the data. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Those of a smaller number. */
  readonly before?: number;
  readonly limit: number;
}

/** What is sent through a channel as one. */
export interface WaitingMessage {
  readonly id: string;
  readonly channelId: string;
  /** When it was formed. */
  readonly since: number;
  readonly attempts: number;
  readonly dueAt: number;
  /** Oldest first. */
  readonly firings: readonly StoredFiring[];
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
