import type { Gap } from '@deltastream/contracts';
import type { EncodedEvent } from '../fan-out/fan-out.ts';
import type { Stream } from '../market/market-state.ts';
import type { LostRange } from '../market/stream-order.ts';
import { encoded } from './room-channel.ts';

/** The kinds of rooms that each stream feeds. */
const FEEDS: Readonly<Record<Stream, readonly string[]>> = {
  ticks: ['product', 'bars'],
  chains: ['chain', 'summary'],
  alerts: ['alerts'],
};

/**
 * Which rooms lost messages, and what their members are told. The chains of a product are numbered together,
 * so a room of one expiry is told of a message that may have been another's: better told too much.
 */
export function lossNotice(stream: Stream, product: string, { epoch, from, to }: LostRange) {
  const rooms = FEEDS[stream].map((type) => `${type}:${product}`);
  return {
    concerns: (room: string): boolean => rooms.some((each) => room === each || room.startsWith(`${each}:`)),
    event: (room: string): EncodedEvent => {
      const gap: Gap = { room, epoch, from, to, reason: 'lost' };
      return encoded('gap', gap);
    },
  };
}
