import type { ChainMode, StrikeWindow } from '@deltastream/contracts';
import type { ChainState } from '../market/tracked-chain.ts';
import { differenceOf, fullRows } from './chain-difference.ts';
import type { ExpiryPicture, ExpiryView } from './expiry-content.ts';
import { rowsIn, windowedView } from './strike-window.ts';

/** The figures of a chain; they are few, so they are always sent in full. */
export const summaryView: ExpiryView = {
  event: 'chain_summary',
  full: (state) => state.summary(),
  update: (_sent, state) => state.summary(),
  since: (_seq, { state }) => state.summary(),
  snapshot: (state) => state.summary(),
};

/** The contracts of a window of strikes, in full or as what changed. */
export function chainView(mode: ChainMode, window: StrikeWindow | null): ExpiryView {
  const shown = (state: ChainState) => windowedView(state.view(), rowsIn(state.chain, window));
  const full = (state: ChainState): ExpiryPicture => ({ kind: 'full', ...shown(state) });

  function update(sent: ChainState | null, state: ChainState): ExpiryPicture {
    if (mode === 'full' || !sent || sent.chain.epoch !== state.chain.epoch) return full(state);
    const body = differenceOf(sent, rowsIn(sent.chain, window), state, rowsIn(state.chain, window));
    return body ? { ...identity(state, sent.chain.seq), ...body } : full(state);
  }

  return {
    event: 'chain_update',
    full,
    update,
    since(seq, tracked) {
      const { state } = tracked;
      // A window around the money may have shown other strikes then, and nobody remembers which.
      if (mode === 'full' || (window && 'around_atm' in window)) return full(state);
      const changed = tracked.changedSince(seq);
      if (!changed) return full(state);
      const range = rowsIn(state.chain, window);
      const inside = changed.filter((row) => row >= range.start && row < range.end);
      const rows = inside.map((row) => row - range.start);
      return { ...identity(state, seq), cumulative: true, ...fullRows(state, range, rows) };
    },
    snapshot: shown,
  };
}

function identity(state: ChainState, from_seq: number) {
  const { product, expiry, epoch, seq, timestamp } = state.summary();
  return { kind: 'delta' as const, product, expiry, epoch, from_seq, seq, timestamp };
}
