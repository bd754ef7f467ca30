import type {
  AlertUpdate,
  BarUpdate,
  ChainSummaryUpdate,
  ChainSummaryView,
  ChainUpdate,
  ChainView,
  ExposureUpdate,
  ExposureView,
  FiguresUpdate,
  FiguresView,
  OwnAlertUpdate,
  PriceUpdate,
  RoomPosition,
  RoomUpdate,
  Subscribed,
  SubscriptionRequest,
  SurfaceUpdate,
} from '@deltastream/contracts';
import { applyChainDelta, isOfExpiries } from '@deltastream/contracts/live';
import type { Traced } from './socket-types.ts';

/** What a user is given: chains are complete, whether they came so or as deltas. */
export type Update =
  | PriceUpdate
  | Traced<ChainView>
  | Traced<ChainSummaryView>
  | Traced<FiguresView>
  | Traced<ExposureView>
  | BarUpdate
  | SurfaceUpdate
  | AlertUpdate
  | OwnAlertUpdate;

/** What is known of one room through any number of connections. */
export interface RoomState {
  readonly request: SubscriptionRequest;
  /** From here the next subscription resumes; null before anything came. */
  readonly position: RoomPosition | null;
  /** Nothing of the room is known. */
  readonly isEmpty: boolean;
  /** Takes the response to a subscription; returns what is new to the user, in order, or null as `take`. */
  begin(response: Subscribed): Update[] | null;
  /** Takes an update of this room; null when it does not fit, and the room has to be asked for anew. */
  take(update: RoomUpdate): Update[] | null;
}

export function createRoomState(request: SubscriptionRequest): RoomState {
  /** The latest value per expiry, bar or room. */
  const held = new Map<string, Update>();
  let position: RoomPosition | null = null;

  function keep(update: Update, at: number): Update[] {
    const key = keyOf(update);
    if (isOld(update, held.get(key))) return [];
    held.set(key, update);
    position = { epoch: update.epoch, seq: at };
    return [update];
  }

  function takeChain(update: ChainUpdate): Update[] | null {
    const before = (held.get(update.expiry) as ChainView | undefined) ?? null;
    const chain = applyChainDelta(before, update);
    if (chain === null) return null;
    if (position?.epoch === update.epoch || chain !== before) {
      position = { epoch: update.epoch, seq: update.room_seq };
    }
    if (chain === before) return [];
    held.set(update.expiry, chain);
    const { traceparent } = update;
    return [traceparent === undefined ? chain : { ...chain, traceparent }];
  }

  function take(update: RoomUpdate): Update[] | null {
    if (request.type === 'chain') return takeChain(update as ChainUpdate);
    if (isOfExpiries(request)) {
      const { room, room_seq, ...view } = update as ChainSummaryUpdate | FiguresUpdate | ExposureUpdate;
      return keep(view, room_seq);
    }
    return keep(update as Update, 'room_seq' in update ? update.room_seq : update.seq);
  }

  function catchUp(missed: readonly RoomUpdate[], expiries: readonly string[]): Update[] | null {
    const news: Update[] = [];
    for (const update of missed) {
      const taken = take(update);
      if (taken === null) return null;
      news.push(...taken);
    }
    return expiries.every((expiry) => held.has(expiry)) ? news : null;
  }

  function replace(snapshot: readonly Update[]): Update[] {
    const before = new Map(held);
    held.clear();
    for (const update of snapshot) held.set(keyOf(update), update);
    return snapshot.filter((update) => !isSame(update, before.get(keyOf(update))));
  }

  return {
    request,
    get position() {
      return position;
    },
    get isEmpty() {
      return held.size === 0;
    },
    begin(response) {
      const { snapshot, missed, epoch, seq } = response;
      const news = response.resumed
        ? catchUp(missed ?? [], response.expiries ?? [])
        : replace(listOf(snapshot));
      position = news === null || epoch === null || seq === null ? null : { epoch, seq };
      return news;
    },
    take,
  };

  function keyOf(update: Update): string {
    if (isOfExpiries(request)) return (update as ChainView).expiry;
    switch (request.type) {
      case 'bars':
        return (update as BarUpdate).start;
      case 'alerts':
      case 'own_alerts':
        return (update as AlertUpdate | OwnAlertUpdate).id;
      default:
        return '';
    }
  }

  /** Within an epoch a picture does not go back; a bar may be mended by a tick that came late. */
  function isOld(update: Update, before: Update | undefined): boolean {
    if (!before || before.epoch !== update.epoch || request.type === 'bars') return false;
    return update.seq <= before.seq;
  }
}

const isSame = (update: Update, before: Update | undefined): boolean =>
  before !== undefined && before.epoch === update.epoch && before.seq === update.seq;

const listOf = (snapshot: Subscribed['snapshot']): Update[] =>
  snapshot === null ? [] : ([snapshot].flat() as Update[]);
