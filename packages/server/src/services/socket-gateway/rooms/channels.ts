import type {
  Gap,
  RoomPosition,
  RoomSnapshot,
  RoomUpdate,
  SubscriptionRequest,
} from '@deltastream/contracts';
import type { Channel, EncodedEvent, FanOut, MemberSocket } from '../fan-out/fan-out.ts';
import type { MarketChange, MarketLoss, Stream } from '../market/market-state.ts';
import type { LostRange, Missed } from '../market/numbered-stream.ts';
import type { ChannelIdentity, Grant, RoomType } from './grant.ts';

/** What a room's channel can tell a client that comes to it, besides what it sends to its members. */
export interface RoomChannel extends Channel, ChannelIdentity {
  /** Something of the room changed; `expiry` says what, where the room has several. */
  changed(expiry?: string): void;
  /** Lets members know at the next flush what they will not get. */
  announce(event: EncodedEvent): void;
  /** JSON of the state that the next `take` starts from; ask after a flush, in the turn of the join. */
  snapshotJson(): string;
  position(): RoomPosition | null;
  since(position: RoomPosition): Missed<RoomUpdate>;
  /** In a room of all expiries, those there is something of. */
  expiries?(): string[];
  losses?(): readonly LostRange[];
}

/** What differs between the kinds of rooms; the rest is `createRoomChannel`'s. */
export interface RoomContent {
  /** Takes note of a change; true when it replaces one that was not taken yet. */
  changed(expiry?: string): boolean;
  take(): readonly EncodedEvent[];
  resyncEvents(): readonly EncodedEvent[];
  snapshot(): RoomSnapshot;
  position(): RoomPosition | null;
  since(position: RoomPosition): Missed<RoomUpdate>;
  expiries?(): string[];
  /** What the snapshot lacks because it never reached this gateway, where nothing newer takes its place. */
  losses?(): readonly LostRange[];
}

/** What is counted of room channels. */
export interface ChannelMeters {
  /** Changes that took the place of one that had not been sent. */
  readonly conflated: { inc(): void };
  /** Seconds from the first change in a flush to the flush. */
  readonly fanOut: { observe(seconds: number): void };
}

export const encoded = (event: string, payload: unknown): EncodedEvent => ({
  event,
  json: JSON.stringify(payload),
});

/** Announcements wait for at most one flush; more than this is a severely degraded stream, and the newest tell enough. */
const MOST_ANNOUNCEMENTS = 16;

export function createRoomChannel(
  identity: ChannelIdentity,
  content: RoomContent,
  meters: ChannelMeters,
): RoomChannel {
  let announcements: EncodedEvent[] = [];
  /** Since when a change waits, monotonic milliseconds. */
  let waitingSince: number | null = null;
  /** The snapshot as long as nothing changes: it is serialised once, however many clients come. */
  let snapshot: { readonly of: string; readonly json: string } | null = null;
  return {
    ...identity,
    ...content,
    changed(expiry) {
      snapshot = null;
      waitingSince ??= performance.now();
      if (content.changed(expiry)) meters.conflated.inc();
    },
    snapshotJson() {
      // Messages that are lost move the position, and a chain that is forgotten changes the expiries, without a word.
      const of = JSON.stringify([content.position(), content.expiries?.()]);
      if (snapshot?.of !== of) snapshot = { of, json: JSON.stringify(content.snapshot()) };
      return snapshot.json;
    },
    announce(event) {
      announcements.push(event);
      if (announcements.length > MOST_ANNOUNCEMENTS) announcements.shift();
    },
    take() {
      const taken = content.take();
      const events = announcements.length === 0 ? taken : [...announcements, ...taken];
      if (announcements.length > 0) announcements = [];
      if (waitingSince !== null && events.length > 0) {
        meters.fanOut.observe((performance.now() - waitingSince) / 1000);
      }
      waitingSince = null;
      return events;
    },
  };
}

/** Something that an owner's rules fired. */
export interface OwnerChange {
  readonly type: 'own_alerts';
  /** The owner. */
  readonly product: string;
}

/** Firings of an owner that did not come in time. */
export interface OwnerLoss {
  readonly stream: 'own_alerts';
  readonly product: string;
  readonly range: LostRange;
}

/** Channels that somebody is in, by room. One that nobody is in is forgotten. */
export interface RoomChannels {
  /** The channel of a grant; null when there are as many as there may be. */
  open(request: SubscriptionRequest, grant: Grant): RoomChannel | null;
  join(member: MemberSocket, channel: RoomChannel): void;
  leave(member: MemberSocket, channel: RoomChannel): void;
  changed(change: MarketChange | OwnerChange): void;
  /** Tells members of the rooms that the stream feeds. */
  lost(loss: MarketLoss | OwnerLoss): void;
  /** By room, one of an account with its owner. */
  rooms(): ReadonlyMap<string, ReadonlySet<RoomChannel>>;
  channels(): number;
}

export interface RoomChannelsOptions {
  readonly contentOf: (request: SubscriptionRequest, grant: Grant) => RoomContent;
  readonly fanOut: FanOut;
  readonly maxChannels: number;
  readonly meters: ChannelMeters;
}

/** The types of rooms that each stream feeds. */
const FEEDS: Readonly<Record<Stream | OwnerLoss['stream'], readonly RoomType[]>> = {
  ticks: ['product', 'bars'],
  chains: ['chain', 'summary', 'figures', 'exposure'],
  alerts: ['alerts'],
  own_alerts: ['own_alerts'],
};

/** A room of an account has the same name for every owner, and nothing else in common. */
const placeOf = ({ type, room, product }: RoomChannel): string =>
  type === 'own_alerts' ? `${room} of ${product}` : room;

/** The channels of one product, or of one owner: by type of room, then by its part, which is '' where the type has none. */
type ProductChannels = Record<RoomType, Map<string, Set<RoomChannel>>>;

export function createRoomChannels({
  contentOf,
  fanOut,
  maxChannels,
  meters,
}: RoomChannelsOptions): RoomChannels {
  const byName = new Map<string, RoomChannel>();
  const byRoom = new Map<string, Set<RoomChannel>>();
  const byProduct = new Map<string, ProductChannels>();

  function enter(channel: RoomChannel): void {
    const { name, type, product, part } = channel;
    const place = placeOf(channel);
    byName.set(name, channel);
    const channels = byRoom.get(place) ?? new Set();
    byRoom.set(place, channels.add(channel));
    const ofProduct = byProduct.get(product) ?? noChannels();
    byProduct.set(product, ofProduct);
    ofProduct[type].set(part, channels);
  }

  function forget(channel: RoomChannel): void {
    const { name, type, product, part } = channel;
    const place = placeOf(channel);
    byName.delete(name);
    const channels = byRoom.get(place);
    channels?.delete(channel);
    if (channels && channels.size > 0) return;
    byRoom.delete(place);
    const ofProduct = byProduct.get(product);
    ofProduct?.[type].delete(part);
    if (ofProduct && Object.values(ofProduct).every((parts) => parts.size === 0)) byProduct.delete(product);
  }

  function note(channels: ReadonlySet<RoomChannel> | undefined, expiry?: string): void {
    if (!channels) return;
    for (const channel of channels) {
      channel.changed(expiry);
      fanOut.due(channel);
    }
  }

  return {
    open(request, grant) {
      const found = byName.get(grant.name);
      if (found) return found;
      return byName.size < maxChannels ? createRoomChannel(grant, contentOf(request, grant), meters) : null;
    },
    join(member, channel) {
      enter(channel);
      fanOut.join(member, channel);
    },
    leave(member, channel) {
      fanOut.leave(member, channel);
      if (fanOut.members(channel) === 0) forget(channel);
    },
    changed(change) {
      const ofProduct = byProduct.get(change.product);
      if (!ofProduct) return;
      if (change.type !== 'chain') {
        note(ofProduct[change.type].get(change.type === 'bars' ? change.bar : ''));
        return;
      }
      for (const parts of FEEDS.chains.map((type) => ofProduct[type])) {
        note(parts.get(''), change.expiry);
        note(parts.get(change.expiry), change.expiry);
      }
    },
    // The chains of a product are numbered together, so a room of one expiry is told of a message that may have
    // been another's: better told too much.
    lost({ stream, product, range: { epoch, from, to } }) {
      for (const type of FEEDS[stream]) {
        for (const channels of byProduct.get(product)?.[type].values() ?? []) {
          const [{ room }] = channels;
          const gap: Gap = { room, epoch, from, to, reason: 'lost' };
          const event = encoded('gap', gap);
          for (const channel of channels) {
            channel.announce(event);
            fanOut.due(channel);
          }
        }
      }
    },
    rooms: () => byRoom,
    channels: () => byName.size,
  };
}

const noChannels = (): ProductChannels => ({
  product: new Map(),
  chain: new Map(),
  summary: new Map(),
  figures: new Map(),
  exposure: new Map(),
  bars: new Map(),
  surface: new Map(),
  alerts: new Map(),
  own_alerts: new Map(),
});
