import {
  type ChainColumns,
  type ChainHeader,
  type ChainSummaryView,
  type ChainView,
  CONTRACT_FIELDS,
  column,
  type EnrichedChain,
  type QualityFlag,
  toChainSummaryView,
  toChainView,
} from '@deltastream/contracts';

/**
 * One chain as it came, with the forms it is sent in, each built when it is asked for first. Once it was found stale it
 * stays so: then the next chain differs from it in its flags, and everybody is told.
 */
export interface ChainState {
  readonly chain: EnrichedChain;
  /** The chain as JSON rows. */
  view(): ChainView;
  summary(): ChainSummaryView;
}

/**
 * The newest chain of one expiry, and when each of its contracts changed last. From that a delta since any
 * state that was shown here can be made without keeping the states: a contract that changed after it is sent
 * in full, whatever it was then.
 */
export interface TrackedChain {
  /** What identifies the newest chain; its columns are to be had by `state` only. */
  readonly head: ChainHeader;
  /** Whoever asks for it may keep it. */
  readonly state: ChainState;
  /**
   * The next state of this expiry; within an epoch only ever a newer one. Returns the columns of the one before, where nobody
   * asked for that: they are the caller's.
   */
  replace(chain: EnrichedChain): ChainColumns | null;
  /** A message of the product is lost: what others showed in between is not known here. */
  invalidateHistory(): void;
  /**
   * Rows with a contract that changed after the state `seq`; null when that cannot be told: that state was
   * never shown here, is too long ago, or listed other strikes.
   */
  changedSince(seq: number): number[] | null;
  /** The newest `seq` shown that is not above; null when that is too long ago. */
  shownUpTo(seq: number): number | null;
}

/** States that are remembered by number, newest last. */
const REMEMBERED = 1024;

export type IsStale = (chain: EnrichedChain) => boolean;

export function createTrackedChain(first: EnrichedChain, isStale: IsStale = () => false): TrackedChain {
  let state = chainState(first, isStale);
  let shown = [first.seq];
  /** By row: `seq` of the last state in which one of its contracts changed. */
  let changedAt = new Float64Array(first.columns.count).fill(first.seq);
  let trustedFrom = first.seq;
  let historyInvalid = false;
  let askedFor = false;

  function restart(chain: EnrichedChain): void {
    shown = [chain.seq];
    changedAt = new Float64Array(chain.columns.count).fill(chain.seq);
    trustedFrom = chain.seq;
    historyInvalid = false;
  }

  function goOn(before: EnrichedChain, chain: EnrichedChain): void {
    markChanges(before, chain, changedAt);
    if (historyInvalid) trustedFrom = chain.seq;
    historyInvalid = false;
    shown.push(chain.seq);
    if (shown.length > 2 * REMEMBERED) shown = shown.slice(-REMEMBERED);
  }

  return {
    get head() {
      return state.chain;
    },
    get state() {
      askedFor = true;
      return state;
    },
    replace(chain) {
      const before = state.chain;
      state = chainState(chain, isStale);
      if (before.epoch === chain.epoch && sameStrikes(before, chain)) goOn(before, chain);
      else restart(chain);
      const spare = askedFor ? null : before.columns;
      askedFor = false;
      return spare;
    },
    invalidateHistory() {
      historyInvalid = true;
    },
    changedSince(seq) {
      if (historyInvalid || seq < trustedFrom || !shown.includes(seq)) return null;
      const rows: number[] = [];
      for (let i = 0; i < changedAt.length; i++) if (changedAt[i] > seq) rows.push(i);
      return rows;
    },
    shownUpTo: (seq) => shown.findLast((each) => each <= seq) ?? null,
  };
}

function chainState(chain: EnrichedChain, isStale: IsStale): ChainState {
  let quality: QualityFlag[] = [];
  let view: ChainView | null = null;
  let summary: ChainSummaryView | null = null;

  function examine(): void {
    if (quality.length > 0 || !isStale(chain)) return;
    quality = ['stale'];
    view = null;
    summary = null;
  }

  return {
    chain,
    view: () => {
      examine();
      view ??= toChainView(chain, quality);
      return view;
    },
    summary: () => {
      examine();
      summary ??= toChainSummaryView(chain, quality);
      return summary;
    },
  };
}

function sameStrikes(a: EnrichedChain, b: EnrichedChain): boolean {
  if (a.columns.count !== b.columns.count) return false;
  const [before, after] = [column(a.columns, 'strike'), column(b.columns, 'strike')];
  return before.every((strike, i) => strike === after[i]);
}

function markChanges(before: EnrichedChain, after: EnrichedChain, changedAt: Float64Array): void {
  for (const { source } of CONTRACT_FIELDS) {
    const [a, b] = [column(before.columns, source), column(after.columns, source)];
    for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) changedAt[i] = after.seq;
  }
}
