import type { RawChain, UnderlyingTick } from '@deltastream/contracts';

/** Where in a source something was found. Lines count from 1, the header line included. */
export interface Where {
  readonly file: string;
  /** Member of an archive. */
  readonly member?: string;
  readonly line?: number;
}

/** Why a part of a source was not taken. Few and fixed: they label a metric. */
export type Rejection =
  | 'bad_value'
  | 'wrong_column_count'
  | 'unknown_option_type'
  | 'bad_timestamp'
  | 'bad_expiry'
  | 'expired'
  | 'duplicate'
  | 'out_of_order'
  | 'unreadable_member'
  | 'truncated'
  | 'too_large';

export interface RejectedItem {
  readonly kind: 'rejected';
  readonly rejection: Rejection;
  readonly where: Where;
  readonly reason: string;
}

export type SourceItem =
  | { readonly kind: 'chain'; readonly chain: RawChain }
  | { readonly kind: 'tick'; readonly tick: UnderlyingTick }
  | RejectedItem;

export interface SourceProgress {
  readonly position: number;
  /** Null for a source without an end. */
  readonly total: number | null;
  readonly unit: 'bytes' | 'records';
}

/**
 * Where raw quotes come from: a generator, a recording, a venue.
 *
 * Guarantees:
 * - Chains and ticks of one product come in time order, and `seq` rises by one per product, apart for
 *   chains and for ticks.
 * - What cannot be used is an item of its own that says where it lies and why; it costs nothing else.
 * - Memory is bounded, whatever the length of the source, and what else works in the process gets its turn.
 * - It is read once. `close` ends a running iteration and frees what is held; idempotent.
 */
export interface Source extends AsyncIterable<SourceItem> {
  /** As in the `source` field of its messages. */
  readonly name: string;
  readonly epoch: string;
  /**
   * How often a source of the present gives each chain anew, so that an older one can be told; null for the past (a
   * recording, or a generator that does not keep real time), which is as old as it is.
   */
  readonly expectedIntervalMs: number | null;
  /** True where its messages have the epoch and numbers under which a feed published them. */
  readonly asPublished?: boolean;
  progress(): SourceProgress;
  close(): Promise<void>;
}

/** What a recording turned out to be. */
export interface RecordingFormat {
  readonly name: string;
  /** What its amounts and prices are counted in and what is made of that, for people to read. */
  readonly units: string;
}

/** A source that is read from a file. */
export interface Recording extends Source {
  readonly format: RecordingFormat;
}

/** A place in words: `nifty.csv.gz line 7`. */
export function placeOf({ file, member, line }: Where): string {
  return [file, member && `member ${member}`, line && `line ${line}`].filter(Boolean).join(' ');
}

/** Without a `source` of its own a message has that of its stamp. */
type Unstamped<Message extends RawChain | UnderlyingTick> = Omit<Message, 'epoch' | 'seq' | 'source'> &
  Partial<Pick<Message, 'source'>>;
export type UnstampedChain = Unstamped<RawChain>;
export type UnstampedTick = Unstamped<UnderlyingTick>;

/** Names a run of a source on every message and numbers the messages. */
export interface Stamp {
  chain(chain: UnstampedChain): RawChain;
  tick(tick: UnstampedTick): UnderlyingTick;
}

/** `seq` starts at 1 per product, counted apart for chains and for ticks. */
export function createStamp(epoch: string, source: string): Stamp {
  const chains = new Map<string, number>();
  const ticks = new Map<string, number>();
  return {
    chain: (chain) => ({ ...chain, epoch, source: chain.source ?? source, seq: next(chains, chain.product) }),
    tick: (tick) => ({ ...tick, epoch, source: tick.source ?? source, seq: next(ticks, tick.product) }),
  };
}

function next(counts: Map<string, number>, product: string): number {
  const seq = (counts.get(product) ?? 0) + 1;
  counts.set(product, seq);
  return seq;
}
