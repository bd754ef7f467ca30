import type {
  AuthenticationResponse,
  ClientToServerEvents,
  ProductsResponse,
  RoomUpdate,
  ServerToClientEvents,
  Subscribed,
  SubscriptionRequest,
  SubscriptionResponse,
} from '@deltastream/contracts';
import { roomOf } from '@deltastream/contracts/live';
import { io, type Socket } from 'socket.io-client';
import { createFollowedRooms, type FollowedRoom } from './followed-rooms.ts';
import { createFollower, type Follower } from './follower.ts';
import type { Update } from './room-state.ts';
import {
  type ConnectionState,
  type Followed,
  type FollowOptions,
  type FollowRequest,
  type SnapshotOf,
  type SocketConnection,
  type SocketOptions,
  SubscriptionError,
  type UpdateOf,
} from './socket-types.ts';
import { sequenceOf } from './update-sequence.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRY_MS = 1_000;
const DEFAULT_RECONNECT_MAX_MS = 5_000;

/** The server's events as this client sends them: the response is always asked for. */
type Requests = Pick<ClientToServerEvents, 'unsubscribe'> & {
  subscribe(request: SubscriptionRequest, ack: (response: SubscriptionResponse) => void): void;
  get_products(ack: (response: ProductsResponse) => void): void;
  authenticate(token: string, ack: (response: AuthenticationResponse) => void): void;
};

type Outcome = { response: Subscribed } | { error: SubscriptionError };

/** A connection that reconnects by itself and then goes on with whatever was followed. */
export function connectSocket(options: SocketOptions): SocketConnection {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const retryMs = options.retryMs ?? DEFAULT_RETRY_MS;
  const rooms = createFollowedRooms();
  const listeners = new Set<(state: ConnectionState) => void>();
  const retries = new Set<ReturnType<typeof setTimeout>>();
  let { token } = options;
  let state: ConnectionState = 'connecting';

  const socket: Socket<ServerToClientEvents, Requests> = io(options.url, {
    path: options.path ?? '/socket.io',
    transports: options.transports ?? ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelayMax: options.reconnectMaxMs ?? DEFAULT_RECONNECT_MAX_MS,
    timeout: timeoutMs,
    forceNew: true,
    auth: (give: (data: object) => void) => {
      const now = typeof token === 'function' ? token() : token;
      give(now ? { token: now } : {});
    },
  });

  function setState(next: ConnectionState): void {
    if (state === next || state === 'closed') return;
    state = next;
    for (const listener of listeners) listener(state);
  }

  // By callback, not by promise: what arrives right behind the response must find the room ready.
  function ask(request: SubscriptionRequest, done: (outcome: Outcome) => void): void {
    socket.timeout(timeoutMs).emit('subscribe', request, (failure, response) => {
      if (failure) done({ error: noResponse(failure) });
      else if (response.ok) done({ response });
      else done({ error: new SubscriptionError(response.error.code, response.error.message) });
    });
  }

  const noResponse = (cause: unknown): SubscriptionError =>
    new SubscriptionError(
      socket.connected ? 'timeout' : 'unavailable',
      `no response from the server: ${cause instanceof Error ? cause.message : String(cause)}`,
    );

  function leave(room: FollowedRoom, follower: Follower): void {
    if (rooms.leave(room, follower) && socket.connected) socket.emit('unsubscribe', room.state.request);
  }

  const isFollowed = (room: FollowedRoom, connectionId: string | undefined): boolean =>
    room.followers.size > 0 && socket.id === connectionId;

  function rejoin(room: FollowedRoom, resume = room.state.position): void {
    const connectionId = socket.id;
    const request = { ...room.state.request, ...(resume && { resume }) };
    ask(request, (outcome) => {
      if (!isFollowed(room, connectionId)) return;
      if ('response' in outcome) {
        if (!rooms.begin(room, outcome.response)) rejoin(room, null);
        return;
      }
      // A server that has just started may not know the product yet, so a refusal is not final.
      const timer = setTimeout(() => {
        retries.delete(timer);
        if (isFollowed(room, connectionId)) rejoin(room);
      }, retryMs);
      retries.add(timer);
    });
  }

  function take(name: string, update: RoomUpdate): void {
    const room = rooms.get(name);
    if (room && !rooms.take(name, update)) rejoin(room, null);
  }

  socket.on('price_update', (update) => take(`product:${update.product}`, update));
  socket.on('surface_update', (update) => take(`surface:${update.product}`, update));
  for (const event of [
    'chain_update',
    'chain_summary',
    'figures_update',
    'exposure_update',
    'bar_update',
    'alert',
    'alert_fired',
  ] as const) {
    socket.on(event, (update: Extract<RoomUpdate, { room: string }>) => take(update.room, update));
  }
  socket.on('gap', (gap) => rooms.gap(gap));
  socket.on('connect', () => {
    setState('connected');
    for (const room of rooms.all()) if ([...room.followers].some(({ begun }) => begun)) rejoin(room);
  });
  socket.on('disconnect', () => {
    rooms.pause();
    setState(socket.active ? 'connecting' : 'closed');
  });
  socket.on('connect_error', () => {
    if (!socket.active) setState('closed');
  });

  function subscribe<const R extends FollowRequest>(
    request: R,
    onUpdate: (update: UpdateOf<R>) => void,
    followOptions: FollowOptions = {},
  ): Promise<Followed<R>> {
    return new Promise((resolve, reject) => {
      const follower = createFollower(onUpdate as (update: Update) => void, followOptions);
      const room = rooms.enter(request, follower);
      if (!room) {
        const name = roomOf(request);
        return reject(
          new SubscriptionError('invalid_request', `${name} is followed with other options already`),
        );
      }
      const { traceparent } = followOptions;
      ask({ ...request, ...(traceparent && { traceparent }) }, (outcome) => {
        if ('error' in outcome) {
          leave(room, follower);
          return reject(outcome.error);
        }
        rooms.begin(room, outcome.response);
        resolve({
          snapshot: outcome.response.snapshot as SnapshotOf<R>,
          unsubscribe: () => leave(room, follower),
        });
        follower.begin();
      });
    });
  }

  const connection: SocketConnection = {
    get state() {
      return state;
    },
    onState(listener) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
    on(event, listener) {
      socket.on(event, listener as never);
      return () => void socket.off(event, listener as never);
    },
    subscribe,
    follow: (request, followOptions = {}) => sequenceOf(connection, request, followOptions),
    async products() {
      try {
        return (await socket.timeout(timeoutMs).emitWithAck('get_products')).products;
      } catch (cause) {
        throw noResponse(cause);
      }
    },
    async authenticate(newer) {
      const response = await socket
        .timeout(timeoutMs)
        .emitWithAck('authenticate', newer)
        .catch((cause) => Promise.reject(noResponse(cause)));
      if (!response.ok) throw new SubscriptionError(response.error.code, response.error.message);
      if (typeof token !== 'function') token = newer;
    },
    close() {
      for (const timer of retries) clearTimeout(timer);
      rooms.clear();
      socket.close();
      setState('closed');
    },
  };
  return connection;
}
