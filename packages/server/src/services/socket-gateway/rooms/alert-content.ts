import {
  type AlertUpdate,
  isoTime,
  type OwnAlertUpdate,
  type RoomPosition,
  type RoomSnapshot,
  roomOf,
} from '@deltastream/contracts';
import type { MarketState, ProductAlert } from '../market/market-state.ts';
import type { History, LostRange, StreamOrder } from '../market/numbered-stream.ts';
import type { KeptFiring, OwnerFirings } from '../market/owner-firings.ts';
import { encoded, type RoomContent } from './channels.ts';

/** A stream of which every message counts. */
interface Source<Kept extends RoomPosition> {
  history(): History<Kept> | null;
  order(): StreamOrder | null;
  losses(): readonly LostRange[];
  /** What a client is told that resumes where nothing of the stream is known here. */
  readonly unknown: 'ahead' | 'history';
}

/** The alerts of a product. */
export function alertContent(product: string, state: MarketState): RoomContent {
  const room = roomOf({ type: 'alerts', symbol: product });
  return everyMessage<ProductAlert, AlertUpdate>(
    {
      history: () => state.alerts(product),
      order: () => state.order('alerts', product),
      losses: () => state.lostAlerts(product),
      unknown: 'ahead',
    },
    'alert',
    (alert, room_seq) => ({ room, room_seq, ...alert, timestamp: isoTime(alert.timestamp) }),
  );
}

/** What the rules of an owner fired. */
export function ownAlertContent(owner: string, room: string, firings: OwnerFirings): RoomContent {
  return everyMessage<KeptFiring, OwnAlertUpdate>(
    // What fired before this gateway began is not coming: REST has it.
    { ...firings.of(owner), unknown: 'history' },
    'alert_fired',
    (firing, room_seq) => ({ room, room_seq, ...firing }),
  );
}

/**
 * Every message of a stream, late ones too; to a newcomer those that are kept. The room is at the number up to which
 * every message has come or is lost.
 */
function everyMessage<Kept extends RoomPosition, Update extends AlertUpdate | OwnAlertUpdate>(
  source: Source<Kept>,
  event: string,
  updateOf: (kept: Kept, roomSeq: number) => Update,
): RoomContent {
  let arrivals = source.history()?.arrivals ?? 0;
  let sentTo = position();

  function position(): RoomPosition | null {
    const order = source.order();
    if (!order || order.epoch === null || order.watermark < 0) return null;
    return { epoch: order.epoch, seq: order.watermark };
  }

  function inTurn(messages: readonly Kept[], from: number): Update[] {
    const to = position()?.seq ?? 0;
    return messages.map((message, i) =>
      updateOf(message, i === messages.length - 1 ? to : Math.min(from, to)),
    );
  }

  const events = (updates: readonly Update[]) => updates.map((update) => encoded(event, update));

  return {
    changed: () => false,
    take() {
      const history = source.history();
      if (!history) return [];
      const from = sentTo;
      sentTo = position();
      // A number of the run before says nothing about this one.
      const sameRun = from !== null && from.epoch === sentTo?.epoch;
      const updates = inTurn(history.arrivedAfter(arrivals), sameRun ? from.seq : 0);
      arrivals = history.arrivals;
      return events(updates);
    },
    resyncEvents: () => events(inTurn(source.history()?.all() ?? [], 0)),
    snapshot: () => inTurn(source.history()?.all() ?? [], 0) as RoomSnapshot,
    position,
    losses: source.losses,
    since(at) {
      const missed = source.history()?.since(at) ?? source.unknown;
      return typeof missed === 'string' ? missed : inTurn(missed, at.seq);
    },
  };
}
