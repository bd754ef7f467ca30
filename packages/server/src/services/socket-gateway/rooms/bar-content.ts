import { type BarUpdate, roomOf, type StoredInterval } from '@deltastream/contracts';
import { barFields, type LiveBar } from '../market/live-bars.ts';
import type { MarketState } from '../market/market-state.ts';
import { cannotResume } from '../market/numbered-stream.ts';
import { encoded, type RoomContent } from './channels.ts';

/**
 * The bars of a product that a tick may still change. The room is at the number up to which every tick has
 * come or is lost, since a late one changes a bar although newer ones are in it already.
 */
export function barContent(product: string, interval: StoredInterval, state: MarketState): RoomContent {
  const room = roomOf({ type: 'bars', symbol: product, bar: interval });
  let sent: readonly LiveBar[] = bars();
  let waiting = false;

  function bars(): readonly LiveBar[] {
    return [...(state.bars(product)?.of(interval) ?? [])];
  }

  function position() {
    const order = state.order('ticks', product);
    if (!order || order.epoch === null || order.watermark < 0) return null;
    return { epoch: order.epoch, seq: order.watermark };
  }

  function updates(some: readonly LiveBar[]): BarUpdate[] {
    const { epoch, seq } = position() ?? { epoch: '', seq: 0 };
    return some.map((bar) => ({ room, room_seq: seq, epoch, ...barFields(bar, interval) }));
  }

  return {
    changed() {
      const replaces = waiting;
      waiting = true;
      return replaces;
    },
    take() {
      const now = bars();
      const changed = now.filter((bar) => !sent.includes(bar));
      sent = now;
      waiting = false;
      return updates(changed).map((update) => encoded('bar_update', update));
    },
    resyncEvents: () => updates(sent).map((update) => encoded('bar_update', update)),
    snapshot: () => updates(bars()),
    position,
    since(at) {
      const refusal = cannotResume(position(), at);
      if (refusal !== null) return refusal;
      if (at.seq < (state.bars(product)?.forgottenUpTo(interval) ?? -1)) return 'history';
      // A bar that lacks ticks here may be another one elsewhere, at the same position.
      return updates(bars().filter((bar) => bar.seq > at.seq || bar.partial));
    },
  };
}
