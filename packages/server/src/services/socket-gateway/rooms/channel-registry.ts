import type { SubscriptionRequest } from '@deltastream/contracts';
import type { ClientSocket } from '../clients/client-session.ts';
import type { EncodedEvent, FanOut } from '../fan-out/fan-out.ts';
import type { MarketState } from '../market/market-state.ts';
import { alertContent } from './alert-content.ts';
import { barContent } from './bar-content.ts';
import { chainView, summaryView } from './chain-views.ts';
import { expiryContent } from './expiry-content.ts';
import type { Grant } from './grant.ts';
import { priceContent } from './price-content.ts';
import { createRoomChannel, type RoomChannel, type RoomContent } from './room-channel.ts';
import { surfaceContent } from './surface-content.ts';

/** Channels that somebody is in, by room. One that nobody is in is forgotten. */
export interface ChannelRegistry {
  /** The channel of a grant; null when there are as many as there may be. */
  open(request: SubscriptionRequest, grant: Grant): RoomChannel | null;
  join(member: ClientSocket, channel: RoomChannel): void;
  leave(member: ClientSocket, channel: RoomChannel): void;
  /** Something of a room changed. */
  changed(room: string, expiry?: string): void;
  /** Tells the members of rooms, each in the words of its room. */
  announce(rooms: (room: string) => boolean, event: (room: string) => EncodedEvent): void;
  rooms(): ReadonlyMap<string, ReadonlySet<RoomChannel>>;
  channels(): number;
}

export interface ChannelRegistryOptions {
  readonly state: () => MarketState;
  readonly fanOut: FanOut;
  readonly maxChannels: number;
  /** A change took the place of one that had not been sent. */
  readonly onConflated: () => void;
  /** A flush left, so long after the first change it contains. */
  readonly onFlush: (seconds: number) => void;
}

export function createChannelRegistry(options: ChannelRegistryOptions): ChannelRegistry {
  const { fanOut, maxChannels, onConflated } = options;
  const byName = new Map<string, RoomChannel>();
  const byRoom = new Map<string, Set<RoomChannel>>();
  /** Since when something waits in a channel, monotonic milliseconds. */
  const waitingSince = new Map<RoomChannel, number>();

  function timed(channel: RoomChannel): RoomChannel {
    const timedChannel: RoomChannel = {
      ...channel,
      take() {
        const events = channel.take();
        const since = waitingSince.get(timedChannel);
        if (since !== undefined && events.length > 0) options.onFlush((performance.now() - since) / 1000);
        waitingSince.delete(timedChannel);
        return events;
      },
    };
    return timedChannel;
  }

  function forget(channel: RoomChannel): void {
    byName.delete(channel.name);
    waitingSince.delete(channel);
    const channels = byRoom.get(channel.room);
    channels?.delete(channel);
    if (channels?.size === 0) byRoom.delete(channel.room);
  }

  return {
    open(request, grant) {
      const found = byName.get(grant.channelName);
      if (found) return found;
      if (byName.size >= maxChannels) return null;
      const { channelName: name, room, intervalMs } = grant;
      const content = contentOf(request, grant, options.state());
      return timed(createRoomChannel({ name, room, intervalMs }, content));
    },
    join(member, channel) {
      byName.set(channel.name, channel);
      const channels = byRoom.get(channel.room);
      if (channels) channels.add(channel);
      else byRoom.set(channel.room, new Set([channel]));
      fanOut.join(member, channel);
    },
    leave(member, channel) {
      fanOut.leave(member, channel);
      if (fanOut.members(channel) === 0) forget(channel);
    },
    changed(room, expiry) {
      const channels = byRoom.get(room);
      if (!channels) return;
      for (const channel of channels) {
        if (channel.changed(expiry)) onConflated();
        if (!waitingSince.has(channel)) waitingSince.set(channel, performance.now());
        fanOut.due(channel);
      }
    },
    announce(concerns, event) {
      for (const [room, channels] of byRoom) {
        if (!concerns(room)) continue;
        const told = event(room);
        for (const channel of channels) {
          channel.announce(told);
          fanOut.due(channel);
        }
      }
    },
    rooms: () => byRoom,
    channels: () => byName.size,
  };
}

function contentOf(request: SubscriptionRequest, grant: Grant, state: MarketState): RoomContent {
  const { room } = grant;
  const { symbol: product } = request;
  switch (request.type) {
    case 'product':
      return priceContent(() => state.prices(product), grant.intervalMs === 0);
    case 'alerts':
      return alertContent(product, state);
    case 'surface':
      return surfaceContent(() => state.surface(product));
    case 'bars':
      return barContent(product, request.bar ?? '1m', state);
    case 'summary':
      return expiryContent({ room, product, expiry: request.expiry ?? null }, state, summaryView);
    case 'chain': {
      const view = chainView(grant.mode ?? 'full', grant.strikes ?? null);
      return expiryContent({ room, product, expiry: request.expiry ?? null }, state, view);
    }
  }
}
