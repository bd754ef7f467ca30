import {
  type EnrichedChain,
  type EnrichedTick,
  REPLAY_CHAINS,
  REPLAY_STATE,
  REPLAY_TICKS,
  type ReplayState,
  type Topic,
} from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';

/** Whether the rooms of a product show the live market or a replay. */
export interface ReplayWatch {
  /** Null before anything was told of one. */
  state(): ReplayState | null;
  /** Products whose rooms the replay has. */
  readonly shown: ReadonlySet<string>;
  /** The recorded instant that the rooms of a product show, epoch ms; null while they show the live market. */
  instantOf(product: string): number | null;
  /** Takes what was told of the replay. */
  hear(state: ReplayState): void;
  /** True for a message of the replay that is to be shown: it may come before the state that announces it. */
  admits(message: { readonly product: string; readonly epoch: string }): boolean;
  /** Gives the rooms back to the live market when nothing was heard for too long. */
  expire(): void;
}

export interface ReplayWatchParts {
  /** The rooms of a product change from the live market to a replay, or back. */
  readonly changedSource: (product: string) => void;
  readonly told: (state: ReplayState) => void;
  /** Monotonic milliseconds; the process's own clock by default. */
  readonly now?: () => number;
}

/** A replay says how it stands each second: ten that are missing are no late ones. */
const SILENT_MS = 10_000;
const UNDER_WAY: ReadonlySet<string> = new Set(['opening', 'playing', 'paused', 'ended']);

export function createReplayWatch({
  changedSource,
  told,
  now = () => performance.now(),
}: ReplayWatchParts): ReplayWatch {
  let last: ReplayState | null = null;
  /** The replay whose messages are shown; null while none is. */
  let shownId: string | null = null;
  let endedId: string | null = null;
  let heardAt = 0;
  const shown = new Set<string>();

  function begin(id: string): void {
    if (shownId === id) return;
    end();
    shownId = id;
    // One that was silent for too long, and is heard of again.
    if (endedId === id) endedId = null;
  }

  function end(): void {
    if (shownId !== null) endedId = shownId;
    shownId = null;
    for (const product of [...shown]) {
      shown.delete(product);
      changedSource(product);
    }
  }

  function take(product: string): void {
    if (shown.has(product)) return;
    shown.add(product);
    changedSource(product);
  }

  return {
    state: () => last,
    shown,
    instantOf: (product) => (last?.at != null && shown.has(product) ? Date.parse(last.at) : null),
    hear(state) {
      last = state;
      heardAt = now();
      const { id } = state;
      if (id === null || !UNDER_WAY.has(state.state)) {
        if (id !== null && shownId === null) endedId = id;
        // The end of one that was replaced may come after the first message of the next.
        if (id === null || id === shownId) end();
      } else {
        begin(id);
        for (const product of state.products) take(product);
      }
      told(state);
    },
    admits({ product, epoch }) {
      const id = epoch.slice(0, Math.max(0, epoch.lastIndexOf(':')));
      if (id === endedId) return false;
      begin(id);
      heardAt = now();
      take(product);
      return true;
    },
    expire() {
      if (shownId === null || now() - heardAt < SILENT_MS) return;
      end();
      if (last === null) return;
      last = { ...last, state: 'failed', reason: 'nothing was heard of the replay any more' };
      told(last);
    },
  };
}

interface ReplayListener {
  readonly acceptTick: (tick: EnrichedTick) => unknown;
  readonly acceptChain: (chain: EnrichedChain) => unknown;
  onMalformed(topic: string, position: Position, reason: string): void;
}

/** Brings a replay that is told of from now on into the rooms. `follows` gets each subscription as soon as there is one. */
export async function followReplay(
  bus: Bus,
  watch: ReplayWatch,
  follows: Subscription[],
  listener: ReplayListener,
): Promise<void> {
  const follow = async <T>({ name, frames }: Topic<T>, take: (message: T) => void): Promise<void> => {
    const followed = await bus.follow(name, 'latest', ({ frame, position }) => {
      try {
        take(frames.decode(frame));
      } catch (error) {
        listener.onMalformed(name, position, reasonOf(error));
      }
    });
    follows.push(followed);
  };
  await follow(REPLAY_STATE, watch.hear);
  await follow(REPLAY_TICKS, (tick) => {
    if (watch.admits(tick)) listener.acceptTick(tick);
  });
  await follow(REPLAY_CHAINS, (chain) => {
    if (watch.admits(chain)) listener.acceptChain(chain);
  });
}
