import type {
  ClientToServerEvents,
  ProductsAnswer,
  RoomSnapshot,
  ServerToClientEvents,
  SubscriptionAnswer,
  SubscriptionRequest,
} from '@deltastream/contracts';
import { io, type Socket } from 'socket.io-client';
import { createFollower, type Follower, sameRoom, type Update } from './follower.ts';
import {
  type ConnectionState,
  type Followed,
  type SnapshotOf,
  type SocketConnection,
  type SocketOptions,
  SubscriptionError,
  type UpdateOf,
} from './socket-types.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_RETRY_MS = 1_000;
const DEFAULT_RECONNECT_MAX_MS = 5_000;

/** The server's events as this client sends them: the answer is always asked for. */
type Requests = Omit<ClientToServerEvents, 'subscribe' | 'get_products'> & {
  subscribe(request: SubscriptionRequest, answer: (answer: SubscriptionAnswer) => void): void;
  get_products(answer: (answer: ProductsAnswer) => void): void;
};

type Outcome = { snapshot: RoomSnapshot } | { error: SubscriptionError };

/** A connection that reconnects by itself and then follows again whatever was followed. */
export function connectSocket(options: SocketOptions): SocketConnection {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const retryMs = options.retryMs ?? DEFAULT_RETRY_MS;
  const followers = new Set<Follower>();
  const listeners = new Set<(state: ConnectionState) => void>();
  const retries = new Set<ReturnType<typeof setTimeout>>();
  let state: ConnectionState = 'connecting';

  const socket: Socket<ServerToClientEvents, Requests> = io(options.url, {
    path: options.path ?? '/socket.io',
    transports: options.transports ?? ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelayMax: options.reconnectMaxMs ?? DEFAULT_RECONNECT_MAX_MS,
    timeout: timeoutMs,
    forceNew: true,
    ...(options.token ? { auth: { token: options.token } } : {}),
  });

  function setState(next: ConnectionState): void {
    if (state === next || state === 'closed') return;
    state = next;
    for (const listener of listeners) listener(state);
  }

  // By callback, not by promise: what arrives right behind the answer must find the follower ready.
  function ask(request: SubscriptionRequest, done: (outcome: Outcome) => void): void {
    socket.timeout(timeoutMs).emit('subscribe', request, (failure, answer) => {
      if (failure) done({ error: noAnswer(failure) });
      else if (answer.ok) done({ snapshot: answer.snapshot });
      else done({ error: new SubscriptionError(answer.error.code, answer.error.message) });
    });
  }

  const noAnswer = (cause: unknown): SubscriptionError =>
    new SubscriptionError(
      socket.connected ? 'timeout' : 'unavailable',
      `no answer from the server: ${cause instanceof Error ? cause.message : String(cause)}`,
    );

  function leave(follower: Follower): void {
    if (!followers.delete(follower)) return;
    const shared = [...followers].some(({ request }) => sameRoom(request, follower.request));
    if (!shared && socket.connected) socket.emit('unsubscribe', follower.request);
  }

  function rejoin(follower: Follower): void {
    const connectionId = socket.id;
    ask(follower.request, (outcome) => {
      if (!followers.has(follower) || socket.id !== connectionId) return;
      if ('snapshot' in outcome) return follower.resume(outcome.snapshot);
      // A server that has just started may not know the product yet, so a refusal is not final.
      const timer = setTimeout(() => {
        retries.delete(timer);
        if (followers.has(follower) && socket.id === connectionId) rejoin(follower);
      }, retryMs);
      retries.add(timer);
    });
  }

  const dispatch = (event: SubscriptionRequest['type']) => (update: Update) => {
    for (const follower of followers) if (follower.wants(event, update)) follower.offer(update);
  };

  socket.on('price_update', dispatch('product'));
  socket.on('chain_update', dispatch('chain'));
  socket.on('connect', () => {
    setState('connected');
    for (const follower of followers) if (follower.begun) rejoin(follower);
  });
  socket.on('disconnect', () => {
    for (const follower of followers) follower.pause();
    setState(socket.active ? 'connecting' : 'closed');
  });
  socket.on('connect_error', () => {
    if (!socket.active) setState('closed');
  });

  return {
    get state() {
      return state;
    },
    onState(listener) {
      listeners.add(listener);
      listener(state);
      return () => void listeners.delete(listener);
    },
    subscribe<const R extends SubscriptionRequest>(request: R, onUpdate: (update: UpdateOf<R>) => void) {
      return new Promise<Followed<R>>((resolve, reject) => {
        const follower = createFollower(request, onUpdate as (update: Update) => void);
        followers.add(follower);
        ask(request, (outcome) => {
          if ('error' in outcome) {
            leave(follower);
            return reject(outcome.error);
          }
          resolve({
            snapshot: outcome.snapshot as SnapshotOf<R>,
            unsubscribe: () => leave(follower),
          });
          follower.begin();
        });
      });
    },
    async products() {
      try {
        return (await socket.timeout(timeoutMs).emitWithAck('get_products')).products;
      } catch (cause) {
        throw noAnswer(cause);
      }
    },
    close() {
      for (const timer of retries) clearTimeout(timer);
      followers.clear();
      socket.close();
      setState('closed');
    },
  };
}
