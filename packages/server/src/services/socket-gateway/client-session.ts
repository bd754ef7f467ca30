import {
  type ClientToServerEvents,
  type ErrorCode,
  isoTime,
  roomOf,
  type ServerToClientEvents,
  type SocketError,
  type SubscriptionAnswer,
  SubscriptionRequest,
  type UnsubscriptionAnswer,
} from '@deltastream/contracts';
import type { Socket } from 'socket.io';
import { Compile } from 'typebox/compile';
import type { LatestState } from './latest-state.ts';
import { createTokenBucket } from './token-bucket.ts';

export type ClientSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

interface SessionLimits {
  readonly maxSubscriptions: number;
  readonly messagesPerSecond: number;
  readonly messageBurst: number;
  readonly maxOffences: number;
}

export interface SessionPorts {
  readonly state: LatestState;
  /** Sends the chains of a product that are in the state and not yet sent. */
  readonly flushChains: (product: string) => void;
  readonly limits: SessionLimits;
  readonly serverTime: () => number;
  /** A message was answered with an error. */
  readonly onRefusal: (code: ErrorCode) => void;
  /** The client has sent more malformed or too frequent messages than it may. */
  readonly onAbuse: () => void;
}

/** What no well-meaning client sends again and again; asking for a product that is not there yet is fine. */
const OFFENCES: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'too_many_requests']);

type Refusal = { ok: false; error: SocketError };

const requestCheck = Compile(SubscriptionRequest);
const EXPECTED =
  'expected {type: "product", symbol} or {type: "chain", symbol, expiry?} with an upper-case symbol and an expiry as YYYY-MM-DD';

/** Serves one connection: what it may ask, within its limits. Every message is answered, none throws. */
export function serveClient(socket: ClientSocket, ports: SessionPorts): void {
  const { state, limits } = ports;
  const rooms = new Set<string>();
  const bucket = createTokenBucket(limits.messagesPerSecond, limits.messageBurst, performance.now());
  let offences = 0;

  const refuse = (code: ErrorCode, message: string): Refusal => ({ ok: false, error: { code, message } });

  function subscribe(request: unknown): SubscriptionAnswer {
    if (!requestCheck.Check(request)) return refuse('invalid_request', EXPECTED);
    if (!state.knows(request.symbol)) {
      return refuse('unknown_room', `there is no product ${request.symbol}; get_products lists them`);
    }
    const room = roomOf(request);
    if (!rooms.has(room) && rooms.size >= limits.maxSubscriptions) {
      const most = `a connection may be in ${limits.maxSubscriptions} rooms`;
      return refuse('too_many_subscriptions', `${most}; unsubscribe from some`);
    }
    rooms.add(room);
    // One synchronous step: what is in the state has been sent before this client joins, and what comes
    // into the state later is sent to the room with this client in it. A message is therefore either in
    // the snapshot or sent after it, never both and never neither; and a connection delivers in the order
    // of sending, so the snapshot comes first. An `await` in between would lose the messages of that moment.
    if (request.type === 'chain') ports.flushChains(request.symbol);
    void socket.join(room);
    return { ok: true, room, snapshot: state.snapshot(request) };
  }

  function unsubscribe(request: unknown): UnsubscriptionAnswer {
    if (!requestCheck.Check(request)) return refuse('invalid_request', EXPECTED);
    const room = roomOf(request);
    if (!rooms.delete(room)) return refuse('not_subscribed', `this connection is not in ${room}`);
    void socket.leave(room);
    return { ok: true, room };
  }

  function tellRefusal({ error }: Refusal): void {
    ports.onRefusal(error.code);
    socket.emit('error', error);
    if (!OFFENCES.has(error.code)) return;
    offences += 1;
    if (offences === limits.maxOffences) ports.onAbuse();
  }

  // Clients are not bound by our types: any argument may be anything, and the last may be an ack.
  const onSubscribe = (...given: unknown[]): void => {
    const answer = subscribe(given[0]);
    if (answer.ok) socket.emit('subscribed', answer);
    else tellRefusal(answer);
    ackOf(given)?.(answer);
  };
  const onUnsubscribe = (...given: unknown[]): void => {
    const answer = unsubscribe(given[0]);
    if (answer.ok) socket.emit('unsubscribed', { room: answer.room });
    else tellRefusal(answer);
    ackOf(given)?.(answer);
  };
  const onGetProducts = (...given: unknown[]): void => {
    const answer = { products: state.products() };
    socket.emit('products', answer);
    ackOf(given)?.(answer);
  };

  function admit(event: unknown): Refusal | null {
    if (!bucket.take(performance.now())) {
      return refuse('too_many_requests', `at most ${limits.messagesPerSecond} messages a second`);
    }
    if (EVENTS.has(event)) return null;
    return refuse('invalid_request', `there is no event ${String(event).slice(0, 40)}`);
  }

  socket.use(([event, ...given], next) => {
    const refusal = admit(event);
    if (!refusal) return next();
    tellRefusal(refusal);
    ackOf(given)?.(refusal);
  });
  socket.on('subscribe', onSubscribe);
  socket.on('unsubscribe', onUnsubscribe);
  socket.on('get_products', onGetProducts);
  socket.emit('connected', { id: socket.id, server_time: isoTime(ports.serverTime()) });
}

const EVENTS: ReadonlySet<unknown> = new Set<keyof ClientToServerEvents>([
  'subscribe',
  'unsubscribe',
  'get_products',
  'authenticate',
]);

function ackOf(given: readonly unknown[]): ((answer: unknown) => void) | undefined {
  const last = given.at(-1);
  return typeof last === 'function' ? (last as (answer: unknown) => void) : undefined;
}
