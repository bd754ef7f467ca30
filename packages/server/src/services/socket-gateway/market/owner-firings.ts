import { ALERT_FIRINGS, type OwnAlertUpdate, type PublishedFiring } from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Subscription } from '../../../ports/bus.ts';
import type { StreamListener } from './create-market-state.ts';
import {
  createHistory,
  createStreamOrder,
  type History,
  type LostRange,
  type StreamOrder,
} from './numbered-stream.ts';

/** What is shown of a firing, but for the room. */
export type KeptFiring = Omit<OwnAlertUpdate, 'room' | 'room_seq'>;

/** What the rules of each owner fired since this gateway began, the newest of it; bounded. */
export interface OwnerFirings {
  /** False for one that is not new here. */
  accept(firing: PublishedFiring): boolean;
  /** Declares what did not come in time lost, and tells the listener. */
  expire(): void;
  listen(listener: OwnerFiringsListener): void;
  of(owner: string): {
    history(): History<KeptFiring> | null;
    order(): StreamOrder | null;
    losses(): readonly LostRange[];
  };
}

export interface OwnerFiringsListener {
  changed(owner: string): void;
  lost(owner: string, range: LostRange): void;
}

export interface OwnerFiringsOptions {
  readonly maxOwners: number;
  /** Firings that are kept of each. */
  readonly historyLength: number;
  readonly gapWaitMs: number;
  /** Monotonic milliseconds; the process's own clock by default. */
  readonly now?: () => number;
}

interface OfOwner {
  readonly history: History<KeptFiring>;
  readonly order: StreamOrder;
  lost: readonly LostRange[];
}

/** Ranges of lost firings that are remembered of an owner, the newest. */
const MOST_LOST_RANGES = 16;

export function createOwnerFirings(options: OwnerFiringsOptions): OwnerFirings {
  const { maxOwners, historyLength, gapWaitMs, now = () => performance.now() } = options;
  const owners = new LRUCache<string, OfOwner>({ max: maxOwners });
  /** Those with a hole, so that looking for lost messages costs nothing when none is missing. */
  const incomplete = new Set<string>();
  let listener: OwnerFiringsListener = { changed: () => {}, lost: () => {} };

  function stateOf(owner: string): OfOwner {
    const found = owners.get(owner);
    if (found !== undefined) return found;
    const made: OfOwner = {
      history: createHistory(historyLength),
      order: createStreamOrder(gapWaitMs),
      lost: [],
    };
    owners.set(owner, made);
    return made;
  }

  return {
    listen(next) {
      listener = next;
    },
    accept({ owner, epoch, seq, firing }) {
      const { order, history } = stateOf(owner);
      const arrival = order.arrive({ epoch, seq }, now());
      if (order.incomplete) incomplete.add(owner);
      if (arrival === 'stale') return false;
      history.add({ ...firing, epoch, seq });
      listener.changed(owner);
      return true;
    },
    expire() {
      for (const owner of incomplete) {
        const state = owners.peek(owner);
        for (const range of state?.order.expire(now()) ?? []) {
          if (state !== undefined) state.lost = [...state.lost, range].slice(-MOST_LOST_RANGES);
          listener.lost(owner, range);
        }
        if (!state?.order.incomplete) incomplete.delete(owner);
      }
    },
    of: (owner) => ({
      history: () => owners.peek(owner)?.history ?? null,
      order: () => owners.peek(owner)?.order ?? null,
      losses() {
        const { lost = [], history } = owners.peek(owner) ?? {};
        const [oldest] = history?.all() ?? [];
        return lost.filter(({ epoch, to }) => epoch === oldest?.epoch && to > oldest.seq);
      },
    }),
  };
}

/** Brings every firing that is published from now on into the state, as `followStreams` does. */
export async function followFirings(
  bus: Bus,
  firings: Pick<OwnerFirings, 'accept'>,
  follows: Subscription[],
  { onLate, onMalformed }: StreamListener,
): Promise<void> {
  const { name, frames } = ALERT_FIRINGS;
  const followed = await bus.follow(name, 'latest', ({ frame, position }) => {
    try {
      if (!firings.accept(frames.decode(frame))) onLate(name);
    } catch (error) {
      onMalformed(name, position, reasonOf(error));
    }
  });
  follows.push(followed);
}
