import { type AlertUpdate, isoTime, roomOf } from '@deltastream/contracts';
import type { MarketState, ProductAlert } from '../market/market-state.ts';
import { encoded, type RoomContent } from './channels.ts';

/**
 * The alerts of a product, every one, late ones too; to a newcomer those that are kept. The room is at the
 * number up to which every alert has come or is lost.
 */
export function alertContent(product: string, state: MarketState): RoomContent {
  const room = roomOf({ type: 'alerts', symbol: product });
  const source = () => state.alerts(product);
  let arrivals = source()?.arrivals ?? 0;
  let sentTo = position();

  function position() {
    const order = state.order('alerts', product);
    if (!order || order.epoch === null || order.watermark < 0) return null;
    return { epoch: order.epoch, seq: order.watermark };
  }

  function inTurn(alerts: readonly ProductAlert[], from: number): AlertUpdate[] {
    const to = position()?.seq ?? 0;
    return alerts.map((alert, i) => ({
      room,
      room_seq: i === alerts.length - 1 ? to : Math.min(from, to),
      ...alert,
      timestamp: isoTime(alert.timestamp),
    }));
  }

  const events = (alerts: readonly AlertUpdate[]) => alerts.map((alert) => encoded('alert', alert));

  return {
    changed: () => false,
    take() {
      const history = source();
      if (!history) return [];
      const from = sentTo;
      sentTo = position();
      // A number of the run before says nothing about this one.
      const sameRun = from !== null && from.epoch === sentTo?.epoch;
      const updates = inTurn(history.arrivedAfter(arrivals), sameRun ? from.seq : 0);
      arrivals = history.arrivals;
      return events(updates);
    },
    resyncEvents: () => events(inTurn(source()?.all() ?? [], 0)),
    snapshot: () => inTurn(source()?.all() ?? [], 0),
    position,
    losses: () => state.lostAlerts(product),
    since(at) {
      const missed = source()?.since(at) ?? 'ahead';
      return typeof missed === 'string' ? missed : inTurn(missed, at.seq);
    },
  };
}
