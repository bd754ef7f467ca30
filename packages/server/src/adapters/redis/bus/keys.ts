/** The keys of one topic. One hash tag, so that a script may touch all of them on a cluster, too. */
export interface TopicKeys {
  /** Stream of frames, field `f`. */
  readonly frames: string;
  /** Stream of dead letters. */
  readonly dead: string;
  /** Hash of totals: `redeliveries:GROUP`, `dead:GROUP`, `lost:GROUP`. */
  readonly totals: string;
}

export const topicKeys = (prefix: string, topic: string): TopicKeys => ({
  frames: `${prefix}:{${topic}}`,
  dead: `${prefix}:{${topic}}:dead`,
  totals: `${prefix}:{${topic}}:totals`,
});

/** Set of the topics that were ever used. */
export const topicsKey = (prefix: string): string => `${prefix}:topics`;

/** Name of whom the members of a group work for. */
export const ownerKey = (prefix: string, group: string): string => `${prefix}:owner:${group}`;

/** The last number that was given under a name. */
export const numberKey = (prefix: string, name: string): string => `${prefix}:number:${name}`;

/** Group under which what followers refuse is counted; no consumer group. */
export const FOLLOWERS = 'followers';
