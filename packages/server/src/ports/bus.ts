import type { Check } from './check.ts';

/**
 * Streams of frames between services.
 *
 * Guarantees, for every adapter (bus.contract.ts):
 * - A frame is bytes; no two receivers share memory with the publisher or each other's decoded message.
 * - `publish` resolves once the frame is in the stream. It never waits for a handler, except that under
 *   the `wait` policy it waits while a consumer group is further behind than the bound.
 * - `consume`: the members of a group compete; each frame is handled at least once by the group and is
 *   acknowledged when the handler resolves. A rejected frame is delivered again, up to `maxDeliveries`;
 *   then, or at once when the error is marked `permanent`, it goes to the dead letters with the reason.
 * - `follow`: every follower sees every frame from its position on, in stream order, unacknowledged.
 * - No order is promised across the members of a group, nor on redelivery.
 * - What a bound drops is counted (`lostTotal`), never silent.
 * - A connection that is lost, and one that is back, is told by `connection`.
 */
export interface Bus {
  /** Whether the streams can be reached; what is published meanwhile may have to wait. */
  readonly connection: BusConnection;
  /** `context` says for whom, and goes beside the frame: who does not know of it reads the frame as ever. */
  publish(topic: string, frame: Uint8Array, context?: string): Promise<Position>;
  consume(topic: string, group: string, handler: FrameHandler, options?: ConsumeOptions): Promise<Consumer>;
  /**
   * Says for good who the members of a group work for, on every topic. Resolves with the owner that holds the
   * group: the one given when it was free, when that one holds it already, or when it takes over.
   */
  claim(group: string, owner: string, options?: { readonly takeOver?: boolean }): Promise<string>;
  /** A number above every one that was given under this name, and not below `atLeast`: both are integers. */
  nextNumber(name: string, atLeast: number): Promise<number>;
  follow(topic: string, from: Position | 'latest', handler: FollowHandler): Promise<Follower>;
  /** That of these positions of one topic after which following misses nothing of what follows the others. */
  earliest(positions: readonly [Position, ...Position[]]): Position;
  /** Oldest first; with a limit, the newest so many. */
  deadLetters(topic: string, limit?: number): Promise<DeadLetter[]>;
  /** The letter of this id, or null. */
  deadLetter(topic: string, id: DeadLetterId): Promise<DeadLetter | null>;
  /**
   * Publishes the frame of a dead letter again, then forgets the letter; false when there is no such
   * letter. Every group sees the frame, not only the one that put it aside.
   */
  replayDeadLetter(topic: string, id: DeadLetterId): Promise<boolean>;
  /** Forgets a dead letter for good; false when there is no such letter. */
  discardDeadLetter(topic: string, id: DeadLetterId): Promise<boolean>;
  stats(): BusStats[];
  /** What the bus needs of its server, as last examined; empty where it needs nothing. */
  checks(): Check[];
  /**
   * How far the slowest group of a topic is behind, as a share of the bound: 0 nothing waits, 1 the
   * overflow policy applies. As known to this process; a publisher that may shed does so above 0.5.
   */
  pressure(topic: string): number;
  /** Resolves when every frame published so far is acknowledged or dead-lettered by every group. */
  drained(): Promise<void>;
  /** Stops every subscription; idempotent. */
  close(): Promise<void>;
}

export interface BusConnection {
  readonly connected: boolean;
  /** Why it is not connected, in words that may be shown to anyone; null while it is. */
  readonly reason: string | null;
  /** Calls back after each change of `connected`; returns a function that unsubscribes. Not called for `close`. */
  onChange(listener: (connected: boolean) => void): () => void;
}

/** A place in a topic's stream, opaque to callers; only positions of one topic compare. */
export type Position = string;

export interface Delivery {
  readonly frame: Uint8Array;
  readonly position: Position;
  /** 1 at the first delivery. */
  readonly deliveries: number;
  /** What was published with the frame. */
  readonly context?: string;
}

export type FrameHandler = (delivery: Delivery) => Promise<void>;
export type FollowHandler = (delivery: Delivery) => void;

export interface ConsumeOptions {
  /** Frames handled at the same time by this member; 1 by default. */
  readonly concurrency?: number;
}

export interface Subscription {
  /** Stops deliveries and waits for running handlers; idempotent. */
  stop(): Promise<void>;
}

/** Who follows a topic. */
export interface Follower extends Subscription {
  /** The position after which it began: where it said `latest`, that of the newest frame then. */
  readonly from: Position;
}

/** A member of a consumer group. */
export interface Consumer extends Subscription {
  /**
   * Takes effect with the next frames that are asked for: a larger number at once, a smaller one within a
   * second; no handler is interrupted.
   */
  setConcurrency(concurrency: number): void;
}

export type DeadLetterId = string;

export interface DeadLetter {
  readonly id: DeadLetterId;
  readonly topic: string;
  readonly group: string;
  readonly frame: Uint8Array;
  readonly position: Position;
  readonly deliveries: number;
  readonly reason: string;
  readonly at: number;
}

export interface BusStats {
  readonly topic: string;
  readonly group: string;
  /** Frames that the topic holds, acknowledged ones that are kept for followers included. */
  readonly length: number;
  /** Frames published and not yet acknowledged. */
  readonly backlog: number;
  /** Those of them that were delivered. */
  readonly pending: number;
  readonly redeliveries: number;
  readonly deadLetters: number;
  readonly lostTotal: number;
  /** Age of the oldest frame that is not acknowledged; null when there is none, or its age is not kept. */
  readonly oldestAgeMs: number | null;
}
