import type {
  Alert,
  EnrichedChain,
  EnrichedTick,
  Gap,
  RoomUpdate,
  Subscribed,
  SubscriptionRequest,
  SubscriptionResponse,
} from '@deltastream/contracts';
import { roomOf } from '@deltastream/contracts/live';
import type {
  ClientSocket,
  ClientSubscriptions,
} from '../../../server/src/services/socket-gateway/clients/client-session.ts';
import { createClientSubscriptions } from '../../../server/src/services/socket-gateway/clients/client-subscriptions.ts';
import { JsonText } from '../../../server/src/services/socket-gateway/connections/json-text.ts';
import type {
  Channel,
  EncodedEvent,
  FanOut,
} from '../../../server/src/services/socket-gateway/fan-out/fan-out.ts';
import { createMarketState } from '../../../server/src/services/socket-gateway/market/create-market-state.ts';
import { createOwnerFirings } from '../../../server/src/services/socket-gateway/market/owner-firings.ts';
import { createRoomChannels } from '../../../server/src/services/socket-gateway/rooms/channels.ts';
import { contentOf } from '../../../server/src/services/socket-gateway/rooms/room-content.ts';
import { createFollowedRooms, type FollowedRoom } from './followed-rooms.ts';
import type { Update } from './room-state.ts';

export type Message =
  | { readonly kind: 'tick'; readonly body: EnrichedTick }
  | { readonly kind: 'chain'; readonly body: EnrichedChain }
  | { readonly kind: 'alert'; readonly body: Alert };

export const GAP_WAIT_MS = 10;
const SETTINGS = {
  priceIntervalMs: 100,
  minPriceIntervalMs: 0,
  chainIntervalMs: 250,
  minChainIntervalMs: 50,
  maxSubscriptions: 20,
  catchUpMs: 0,
};

/** A member's line to a gateway that is flushed and read by hand. */
type Wire = ClientSocket & { readonly inbox: { event: string; payload: unknown }[] };

/** One gateway without network and timers: everything above the fan-out is the real one. */
export function createTestGateway() {
  let nowMs = 0;
  const lines = new Map<Channel, Set<Wire>>();
  const send = (wire: Wire, events: readonly EncodedEvent[]) => {
    for (const { event, json } of events) wire.inbox.push({ event, payload: JSON.parse(json) });
  };
  const fanOut: FanOut = {
    join(member, channel) {
      lines.set(channel, (lines.get(channel) ?? new Set()).add(member as unknown as Wire));
    },
    leave(member, channel) {
      lines.get(channel)?.delete(member as unknown as Wire);
      if (lines.get(channel)?.size === 0) lines.delete(channel);
    },
    members: (channel) => lines.get(channel)?.size ?? 0,
    due: () => {},
    flush(channel) {
      const members = lines.get(channel);
      if (!members) return;
      const events = channel.take();
      for (const wire of members) send(wire, events);
    },
    stop: () => {},
  };
  const state = createMarketState({
    products: ['A'],
    maxProducts: 9,
    maxChains: 9,
    historyLength: 16,
    gapWaitMs: GAP_WAIT_MS,
    now: () => nowMs,
  });
  const firings = createOwnerFirings({ maxOwners: 1, historyLength: 16, gapWaitMs: GAP_WAIT_MS });
  const channels = createRoomChannels({
    contentOf: (request, grant) => contentOf(request, grant, state, firings),
    fanOut,
    maxChannels: 100,
    meters: { conflated: { inc: () => {} }, fanOut: { observe: () => {} } },
  });
  state.listen({ changed: channels.changed, priced: () => {}, lost: channels.lost });
  const lease = {
    takeMessage: () => true,
    takeSubscription: () => true,
    releaseSubscription: () => {},
    release: () => {},
  };

  return {
    state,
    receive({ kind, body }: Message) {
      if (kind === 'tick') state.acceptTick(body);
      else if (kind === 'chain') state.acceptChain(body);
      else state.acceptAlert(body);
    },
    pass(ms: number) {
      nowMs += ms;
      state.expire();
    },
    flush(which: (i: number) => boolean = () => true) {
      for (const [i, channel] of [...lines.keys()].entries()) if (which(i)) fanOut.flush(channel);
    },
    open(): { wire: Wire; rooms: ClientSubscriptions } {
      const inbox: Wire['inbox'] = [];
      const emit = (event: string, payload: unknown) =>
        inbox.push({ event, payload: JSON.parse(JSON.stringify(payload)) });
      const wire = { inbox, emit } as unknown as Wire;
      return {
        wire,
        rooms: createClientSubscriptions(wire, {
          ...{ state, channels, fanOut, lease, settings: SETTINGS },
          alertOwners: () => ({ me: null, operator: null }),
        }),
      };
    },
    /** What a newcomer would be shown. */
    snapshotFor(request: SubscriptionRequest): Subscribed['snapshot'] {
      const { rooms } = this.open();
      let found: Subscribed | null = null;
      rooms.subscribe(request, (response) => {
        if (response instanceof JsonText) found = JSON.parse(response.text) as Subscribed;
      });
      rooms.leaveAll();
      return (found as Subscribed | null)?.snapshot ?? null;
    },
  };
}
export type TestGateway = ReturnType<typeof createTestGateway>;

/** A client as the user sees it: what it was told of each room, folded into a state. */
export function createTestClient(requests: readonly SubscriptionRequest[]) {
  const rooms = createFollowedRooms();
  const seen = new Map<string, Map<string, Update>>();
  const told: { room: string; update: Update }[] = [];
  const gaps: string[] = [];
  let line: ReturnType<TestGateway['open']> | null = null;
  let asked = 0;

  const entered = requests.map((request) => {
    const room = roomOf(request);
    seen.set(room, new Map());
    const follower = {
      begun: true,
      begin: () => {},
      offer(update: Update) {
        told.push({ room, update });
        seen.get(room)?.set(keyOf(update), update);
      },
      onGap: () => void gaps.push(room),
      onStanding: () => {},
    };
    return rooms.enter(request, follower) as FollowedRoom;
  });

  function ask(room: FollowedRoom, resume = room.state.position): void {
    const wire = line;
    asked += 1;
    wire?.rooms.subscribe({ ...room.state.request, ...(resume && { resume }) }, (given) => {
      const response: SubscriptionResponse = given instanceof JsonText ? JSON.parse(given.text) : given;
      wire.wire.inbox.push({ event: 'answer', payload: { room, response } });
    });
  }

  function begin(room: FollowedRoom, response: Subscribed): void {
    const state = seen.get(response.room);
    if (!response.resumed) {
      state?.clear();
      for (const update of response.snapshot === null ? [] : ([response.snapshot].flat() as Update[])) {
        state?.set(keyOf(update), update);
      }
    }
    if (!rooms.begin(room, response)) ask(room, null);
  }

  function deliver(event: string, payload: unknown): void {
    if (event === 'answer') {
      const { room, response } = payload as { room: FollowedRoom; response: Subscribed };
      begin(room, response);
    } else if (event === 'gap') rooms.gap(payload as Gap);
    else take(payload as RoomUpdate, event);
  }

  function take(update: RoomUpdate, event: string): void {
    const name = event === 'price_update' ? `product:${update.product}` : (update as { room: string }).room;
    const room = rooms.get(name);
    if (room && !rooms.take(name, update)) ask(room, null);
  }

  return {
    told,
    gaps,
    seen,
    resubscriptions: () => asked,
    connect(gateway: TestGateway) {
      line?.rooms.leaveAll();
      rooms.pause();
      // What was under way on the old connection is lost with it.
      line = gateway.open();
      for (const room of entered) ask(room);
    },
    deliver(most: number) {
      for (let i = 0; i < most; i++) {
        const next = line?.wire.inbox.shift();
        if (!next) return;
        deliver(next.event, next.payload);
      }
    },
  };
}

export function keyOf(update: Update): string {
  if ('kind' in update && 'id' in update) return update.id;
  if ('interval' in update) return update.start;
  return 'expiry' in update ? (update.expiry ?? '') : '';
}
