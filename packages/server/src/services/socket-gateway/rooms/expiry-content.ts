import type {
  ChainDelta,
  ChainFull,
  ChainSummaryUpdate,
  ExposureUpdate,
  ExposureView,
  FiguresUpdate,
  FiguresView,
  RoomPosition,
  RoomUpdate,
} from '@deltastream/contracts';
import type { EncodedEvent } from '../fan-out/fan-out.ts';
import type { MarketState } from '../market/market-state.ts';
import { cannotResume, type Missed } from '../market/numbered-stream.ts';
import type { ChainState, TrackedChain } from '../market/tracked-chain.ts';
import { encoded, type RoomContent } from './channels.ts';

export type ExpiryUpdate = ChainFull | ChainDelta | ChainSummaryUpdate | FiguresUpdate | ExposureUpdate;
/** An update before its room is put on it. */
export type ExpiryPicture = ExpiryUpdate extends infer U
  ? U extends unknown
    ? Omit<U, 'room' | 'room_seq'>
    : never
  : never;

/** How one expiry is shown to members of a channel. */
export interface ExpiryView {
  readonly event: 'chain_update' | 'chain_summary' | 'figures_update' | 'exposure_update';
  /** The complete picture. */
  full(state: ChainState): ExpiryPicture;
  /** From the picture that members have, null for none, to this one. */
  update(sent: ChainState | null, state: ChainState): ExpiryPicture;
  /** From any picture of the epoch that was shown from `seq` on, to this one. */
  since(seq: number, tracked: TrackedChain): ExpiryPicture;
  snapshot(state: ChainState): ChainFullView;
}
type ChainFullView =
  | ReturnType<ChainState['view']>
  | ReturnType<ChainState['summary']>
  | FiguresView
  | ExposureView;

export interface ExpiryRoom {
  readonly room: string;
  readonly product: string;
  /** Null for a room of all expiries. */
  readonly expiry: string | null;
}

/**
 * What is sent of one expiry, or of all expiries of a product. A room of one expiry is at the `seq` of its
 * chain. The chains of a product are numbered together and may overtake one another, so a room of all of
 * them is at the number up to which every message has come, or was lost and a newer one of its expiry has come: who
 * has everything up to there misses nothing that is older, whichever expiry it was of and at whichever gateway.
 */
export function expiryContent(
  { room, product, expiry }: ExpiryRoom,
  state: MarketState,
  view: ExpiryView,
): RoomContent {
  const waiting = new Set<string>();
  /** What members have. */
  const sent = new Map<string, ChainState>();
  let sentTo = positionNow();
  for (const [each, { state: now }] of tracked()) sent.set(each, now);

  function tracked(): [string, TrackedChain][] {
    const expiries = expiry === null ? state.expiries(product) : [expiry];
    return expiries.flatMap((each) => {
      const found = state.chain(product, each);
      return found ? [[each, found] as [string, TrackedChain]] : [];
    });
  }

  function positionNow(): RoomPosition | null {
    if (expiry !== null) return state.chain(product, expiry)?.state.chain ?? null;
    const order = state.order('chains', product);
    const seq = state.chainsCompleteUpTo(product);
    return !order || order.epoch === null || seq < 0 ? null : { epoch: order.epoch, seq };
  }

  const inRoom = (picture: ExpiryPicture, room_seq: number): ExpiryUpdate =>
    ({ room, room_seq, ...picture }) as ExpiryUpdate;

  /** Only the last update of a flush says that all of it is there: a connection may end in between. */
  function inTurn(pictures: readonly ExpiryPicture[], from: number, to: number): ExpiryUpdate[] {
    return pictures.map((picture, i) =>
      inRoom(picture, expiry !== null ? picture.seq : i === pictures.length - 1 ? to : from),
    );
  }

  const events = (updates: readonly ExpiryUpdate[]): EncodedEvent[] =>
    updates.map((update) => encoded(view.event, update));

  function missedOf(each: TrackedChain, position: RoomPosition): ExpiryPicture[] {
    const { chain } = each.state;
    if (chain.epoch !== position.epoch) return [view.full(each.state)];
    if (chain.seq <= position.seq) return [];
    const order = state.order('chains', product);
    const certain = expiry !== null || !order || order.watermark >= chain.seq;
    const base = expiry !== null ? position.seq : each.shownUpTo(position.seq);
    return [base === null || !certain ? view.full(each.state) : view.since(base, each)];
  }

  return {
    changed(each) {
      if (each === undefined) return false;
      const replaces = waiting.has(each);
      waiting.add(each);
      return replaces;
    },
    take() {
      const pictures: ExpiryPicture[] = [];
      for (const each of [...waiting].sort()) {
        const now = state.chain(product, each)?.state;
        if (!now || now === sent.get(each)) continue;
        pictures.push(view.update(sent.get(each) ?? null, now));
        sent.set(each, now);
      }
      waiting.clear();
      const from = sentTo;
      sentTo = positionNow();
      const to = sentTo?.seq ?? 0;
      // A number of the run before says nothing about this one.
      const updates = inTurn(pictures, from && from.epoch === sentTo?.epoch ? from.seq : 0, to);
      return events(updates);
    },
    resyncEvents: () =>
      events(
        inTurn(
          [...sent.values()].map((each) => view.full(each)),
          0,
          sentTo?.seq ?? 0,
        ),
      ),
    snapshot() {
      const views = tracked().map(([, each]) => view.snapshot(each.state));
      return (expiry === null ? views : (views[0] ?? null)) as ReturnType<RoomContent['snapshot']>;
    },
    ...(expiry === null && { expiries: () => state.expiries(product) }),
    position: () => {
      const now = positionNow();
      return now && { epoch: now.epoch, seq: now.seq };
    },
    since(position): Missed<RoomUpdate> {
      const now = positionNow();
      if (now === null) return 'ahead';
      // What was lost here may have come where the client was: then it is ahead of what it can be shown, and of nothing else.
      const seq = expiry !== null ? now.seq : (state.order('chains', product)?.watermark ?? now.seq);
      const refusal = cannotResume({ epoch: now.epoch, seq }, position);
      if (refusal !== null) return refusal;
      const pictures = tracked().flatMap(([, each]) => missedOf(each, position));
      return inTurn(pictures, Math.min(position.seq, now.seq), now.seq);
    },
  };
}
