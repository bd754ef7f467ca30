import {
  type Gap,
  type Refused,
  type RoomPosition,
  roomOf,
  type SubscriptionRequest,
} from '@deltastream/contracts';
import { JsonText } from '../connections/json-text.ts';
import type { FanOut } from '../fan-out/fan-out.ts';
import type { AlertOwners } from '../handshake/alert-owners.ts';
import type { MarketState } from '../market/market-state.ts';
import type { RoomChannel, RoomChannels } from '../rooms/channels.ts';
import { grantOf, type IntervalSettings } from '../rooms/grant.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import {
  type ClientSocket,
  type ClientSubscriptions,
  refused,
  type SubscriptionOutcome,
} from './client-session.ts';
import type { QuotaLease } from './owner-limits.ts';

export interface ClientSubscriptionsPorts {
  readonly state: MarketState;
  readonly channels: RoomChannels;
  readonly fanOut: FanOut;
  readonly lease: QuotaLease;
  /** Whose alerts this connection may follow, now. */
  readonly alertOwners: () => AlertOwners;
  readonly settings: IntervalSettings & Pick<SocketGatewaySettings, 'maxSubscriptions' | 'catchUpMs'>;
}

type Respond = (outcome: SubscriptionOutcome) => void;

const CATCH_UP_POLL_MS = 20; // What catching up takes longer than it must, at most.
/** Bounds the rooms that a connection is known to have been in, as a multiple of those it may be in. */
const KNOWN_PER_SUBSCRIPTION = 4;

/** What a connection lacks that asks for alerts of an account. */
const NEEDED: Readonly<Record<keyof AlertOwners, string>> = {
  me: 'own alerts are of an account: connect with an access token, of an API key with the scope alerts:read',
  operator: 'alerts of the platform are for administrators, with an API key of the scope alerts:read',
};

/** The rooms of one connection, one subscription each. */
export function createClientSubscriptions(
  socket: ClientSocket,
  ports: ClientSubscriptionsPorts,
): ClientSubscriptions {
  const { state, channels, fanOut, lease, alertOwners, settings } = ports;
  const joined = new Map<string, RoomChannel>();
  /** Rooms that were joined at any time; each joining costs a snapshot. */
  const known = new Set<string>();
  /** Requests of clients that are ahead, by room. */
  const waiting = new Map<string, { timer: NodeJS.Timeout; giveUp(): void }>();

  function refusalOf(request: SubscriptionRequest): Refused | null {
    if (request.type === 'own_alerts') {
      const owner = request.owner ?? 'me';
      if (alertOwners()[owner] === null) return refused('forbidden', NEEDED[owner]);
    } else if (!state.knows(request.symbol)) {
      return refused('unknown_room', `there is no product ${request.symbol}; get_products lists them`);
    }
    if (joined.has(roomOf(request)) || joined.size + waiting.size < settings.maxSubscriptions) return null;
    const most = `a connection may be in ${settings.maxSubscriptions} rooms`;
    return refused('too_many_subscriptions', `${most}; unsubscribe from some`);
  }

  function attempt(request: SubscriptionRequest, deadline: number, respond: Respond): void {
    const outcome = join(request, performance.now() < deadline);
    if (outcome === 'ahead') wait(roomOf(request), () => attempt(request, deadline, respond), respond);
    else respond(outcome);
  }

  /**
   * One synchronous step: what is in the state has been sent before this client joins, and what comes into
   * the state later is sent with this client in the room. A message is therefore either in the snapshot or
   * sent after it, never both and never neither; and a connection delivers in the order of sending, so the
   * snapshot comes first. An `await` in between would lose the messages of that moment.
   */
  function join(request: SubscriptionRequest, patient: boolean): SubscriptionOutcome | 'ahead' {
    const owner = request.type === 'own_alerts' ? alertOwners()[request.owner ?? 'me'] : null;
    const grant = grantOf(request, settings, owner ?? undefined);
    const { room, intervalMs: interval_ms, mode, strikes } = grant;
    const channel = channels.open(request, grant);
    if (!channel) return refused('unavailable', 'too many different subscriptions; ask for all strikes');
    fanOut.flush(channel);
    const missed = request.resume && channel.since(request.resume);
    if (missed === 'ahead' && patient) return 'ahead';
    const former = joined.get(room);
    if (!former && !lease.takeSubscription()) {
      const all = 'all connections of this user or address together';
      return refused('too_many_subscriptions', `${all} are in as many rooms as they may`);
    }
    if (former && former !== channel) channels.leave(socket, former);
    joined.set(room, channel);
    if (known.size >= KNOWN_PER_SUBSCRIPTION * settings.maxSubscriptions) known.clear();
    known.add(room);
    const position = channel.position();
    if (request.resume && typeof missed === 'string') {
      socket.emit('gap', gapOf(room, request.resume, position, missed));
    }
    const start = { room, epoch: position?.epoch ?? null, seq: position?.seq ?? null, interval_ms };
    const expiries = channel.expiries?.();
    const granted = { ...(mode && { mode }), ...(strikes && { strikes }), ...(expiries && { expiries }) };
    // Also where it is in the channel already: what `flush` took is then not sent after the snapshot.
    channels.join(socket, channel);
    const head = { ok: true, ...start, ...granted };
    if (typeof missed !== 'object') {
      for (const { epoch, from, to } of channel.losses?.() ?? []) {
        socket.emit('gap', { room, epoch, from, to, reason: 'lost' });
      }
    }
    return typeof missed === 'object'
      ? new JsonText(JSON.stringify({ ...head, resumed: true, snapshot: null, missed }))
      : new JsonText(withSnapshot({ ...head, resumed: false }, channel.snapshotJson()));
  }

  function wait(room: string, again: () => void, respond: Respond): void {
    const timer = setTimeout(() => {
      waiting.delete(room);
      again();
    }, CATCH_UP_POLL_MS);
    const giveUp = () => {
      clearTimeout(timer);
      waiting.delete(room);
      respond(
        refused('not_subscribed', 'another request for the room, or the end of the connection, came first'),
      );
    };
    waiting.set(room, { timer, giveUp });
  }

  return {
    get size() {
      return joined.size;
    },
    knows: (room) => known.has(room),
    subscribe(request, respond) {
      waiting.get(roomOf(request))?.giveUp();
      const refusal = refusalOf(request);
      if (refusal) respond(refusal);
      else attempt(request, performance.now() + settings.catchUpMs, respond);
    },
    unsubscribe(room) {
      const pending = waiting.get(room);
      pending?.giveUp();
      const channel = joined.get(room);
      if (!channel) return pending !== undefined;
      joined.delete(room);
      lease.releaseSubscription();
      channels.leave(socket, channel);
      return true;
    },
    leaveAll() {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
      for (const channel of joined.values()) channels.leave(socket, channel);
      joined.clear();
    },
  };
}

const withSnapshot = (head: object, json: string): string =>
  `${JSON.stringify(head).slice(0, -1)},"snapshot":${json}}`;

/** What a resume that failed will not bring: all after what the client has, up to where it starts now. */
function gapOf(
  room: string,
  had: RoomPosition,
  now: RoomPosition | null,
  why: 'ahead' | 'history' | 'epoch',
): Gap {
  const reason = why === 'history' ? 'history' : 'epoch';
  if (now && now.epoch !== had.epoch) return { room, epoch: now.epoch, from: 0, to: now.seq, reason };
  const to = now && now.seq > had.seq ? now.seq : null;
  return { room, epoch: had.epoch, from: had.seq + 1, to, reason };
}
