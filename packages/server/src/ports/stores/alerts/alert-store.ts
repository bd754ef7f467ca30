import type {
  AlertChannel,
  AlertRule,
  AttemptQuery,
  ChannelNote,
  CommitResult,
  DeliveryAttempt,
  EvaluationBatch,
  FiringQuery,
  KeptPositions,
  Lease,
  Remembered,
  RuleChange,
  RuleKey,
  StoredFiring,
  SuspendedOwner,
  WaitingMessage,
} from './alert-records.ts';

/**
 * Rules of alerts, their channels, what they remember of the stream, what fired and how it was delivered. Only the
 * alerts service holds this port; its engine is that of the accounts.
 *
 * Guarantees, for every adapter (alert-store.contract.ts):
 * - Every write is durable when it resolves.
 * - `commit` is one step: states, firings, claims of `once` rules and positions, or none of them, also after a crash in
 *   the middle; and none where the lease of the partition has passed to somebody else.
 * - A firing is kept once by its id, whoever commits it and how often.
 * - Of callers that fire a rule that is `once` at the same time, exactly one firing is kept.
 * - Only firings of the stored version of a rule that is armed are kept: once a change or a removal of it has resolved,
 *   nothing of the rule before is.
 * - Every method that resolves with a boolean is a conditional change: of callers at the same time exactly one is told true.
 */
export interface AlertStore
  extends RuleMethods,
    ChannelMethods,
    EvaluationMethods,
    FiringMethods,
    DeliveryMethods {
  /**
   * The text that is kept under the name; this one where there was none, so that of processes that make a secret at the
   * same time all use the same one.
   */
  keep(name: string, text: string): Promise<string>;
  /** All of an account that is gone, that it is suspended included. */
  removeOwner(owner: string, nowMs: number): Promise<void>;
  /** Owners of rules or channels, in order, those after this one; from the first on for ''. */
  ownersAfter(owner: string, limit: number): Promise<string[]>;
  /** Notes since when an account may not log in; one that is noted stays as it is. Null: it may again. */
  suspendOwner(owner: string, sinceMs: number | null): Promise<void>;
  suspendedOwners(): Promise<SuspendedOwner[]>;
  /**
   * Removes firings that were kept, attempts that were made and removals of rules that were noted before this time, with
   * what still waited for their delivery, and of each owner all but the newest `most` firings; resolves with how many firings
   * and attempts.
   */
  removeBefore(ms: number, most: number): Promise<number>;
  close(): Promise<void>;
}

/** What owners say. */
export interface RuleMethods {
  /** All of them, if their owner then has no more than `most`; else none. They are of one owner, with ids that are new. */
  createRules(rules: readonly AlertRule[], most: number): Promise<boolean>;
  rule(id: string): Promise<AlertRule | null>;
  /** By name, then by id; those after this one. */
  rulesOf(owner: string, after: RuleKey | null, limit: number): Promise<AlertRule[]>;
  /**
   * If the stored version is `from`. The rule begins anew: it forgets what it remembered of the stream. When it was made,
   * how often it fired and when last stays as stored.
   */
  putRule(rule: AlertRule, from: number): Promise<boolean>;
  /** If it is there: nothing is delivered until then. The version stays, and what the rule remembers. */
  muteRule(owner: string, id: string, untilIso: string | null, nowMs: number): Promise<boolean>;
  /** If it is armed and of this version: it is no longer evaluated. The version stays. */
  endRule(
    id: string,
    version: number,
    status: 'expired' | 'invalid',
    problem: string | null,
  ): Promise<boolean>;
  /** Its firings stay until they are too old. */
  removeRule(owner: string, id: string, nowMs: number): Promise<boolean>;
  /**
   * The latest change of each rule that was created, put, muted, ended, fired for good or removed after this one, in order.
   * A change that comes later has a higher number than all that were seen.
   */
  changesAfter(change: number, limit: number): Promise<RuleChange[]>;
}

export interface ChannelMethods {
  /** If the owner has fewer than `most`. */
  createChannel(channel: AlertChannel, most: number): Promise<boolean>;
  channel(id: string): Promise<AlertChannel | null>;
  /** By name. */
  channelsOf(owner: string): Promise<AlertChannel[]>;
  /** If the stored version is `from`. */
  putChannel(channel: AlertChannel, from: number): Promise<boolean>;
  /** If it is of this version: how deliveries went. The version stays. */
  noteChannel(id: string, version: number, note: ChannelNote): Promise<boolean>;
  /** With what waits for it. */
  removeChannel(owner: string, id: string): Promise<boolean>;
}

/** Evaluators: each holds partitions of the products. */
export interface EvaluationMethods {
  /**
   * Takes or renews a partition for `holder`, if nobody else holds it at `nowMs`. Resolves with the lease, whose
   * `token` rises each time that the holder changes, or null.
   */
  lease(partition: number, holder: string, nowMs: number, forMs: number): Promise<Lease | null>;
  /**
   * Holds each of these until then that is still the lease of its partition, in one step as far as the store can. False
   * where one is not: `lease` says which.
   */
  renew(leases: readonly Lease[], untilMs: number): Promise<boolean>;
  /** If it is still held. */
  release(lease: Lease): Promise<void>;
  /** Those that are held at `nowMs`, by whomever. */
  leases(nowMs: number): Promise<Lease[]>;
  /** What is remembered of a partition: how far its streams were evaluated, and the states of rules as they are stored. */
  remembered(partition: number): Promise<Remembered>;
  /** Null, and nothing is changed, where the lease is no longer the one of the partition. */
  commit(lease: Lease, batch: EvaluationBatch): Promise<CommitResult | null>;
  /**
   * Keeps how far the streams of partitions were evaluated where nothing else changed, which costs far less than a commit
   * of each. Those whose lease is no longer the one of the partition are left out, and it is false then.
   */
  keepPositions(kept: readonly KeptPositions[]): Promise<boolean>;
}

export interface FiringMethods {
  /** Firings that were not yet published, oldest first. */
  unpublished(limit: number): Promise<StoredFiring[]>;
  published(ids: readonly string[]): Promise<void>;
  /** Newest first. */
  firings(query: FiringQuery): Promise<StoredFiring[]>;
}

/** What waits for channels stands here, so that it is sent with the same id after any crash, for days. */
export interface DeliveryMethods {
  /** Firings that wait for their channels, oldest first: neither muted nor without any, and their digest is due. */
  undelivered(nowMs: number, limit: number): Promise<StoredFiring[]>;
  /**
   * The delivery takes over, in one step: these firings wait no more, and each has a delivery through each of its
   * channels that exists, is of the same owner and is not disabled. Again it does nothing.
   */
  handOver(ids: readonly string[]): Promise<void>;
  /**
   * Channels through which may be sent at this time, and which have a message that is due or deliveries that are in none
   * yet; who waits for longest first.
   */
  channelsDue(nowMs: number, limit: number): Promise<string[]>;
  /**
   * What is to be sent next through a channel: the message that is due for longest, else a new one, `newId`, of the at
   * most `most` oldest deliveries that are in none. From then on its firings belong to it, also after a crash. Null:
   * nothing is due, or nothing may be sent yet.
   */
  nextMessage(channelId: string, newId: string, nowMs: number, most: number): Promise<WaitingMessage | null>;
  /** It was tried so often, and waits until then. */
  postponeMessage(id: string, attempts: number, dueAt: number): Promise<void>;
  /** Delivered or given up: the message and its deliveries are gone. */
  endMessage(id: string): Promise<void>;
  /** Of a channel that was disabled: nothing waits for it any more; resolves with how many deliveries went. */
  dropWaiting(channelId: string): Promise<number>;
  /** Once by its id. */
  noteAttempt(attempt: DeliveryAttempt): Promise<void>;
  /** Newest first. */
  attempts(query: AttemptQuery): Promise<DeliveryAttempt[]>;
}
