import {
  type ClientToServerEvents,
  type ErrorCode,
  type IngestResponse,
  isoTime,
  type ProductsResponse,
  type Refused,
  type ReplayResponse,
  roomOf,
  type ServerToClientEvents,
  type Subscribed,
  SubscriptionRequest,
  schemaCheck,
  type UnsubscriptionResponse,
} from '@deltastream/contracts';
import type { Socket } from 'socket.io';
import { JsonText } from '../connections/json-text.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import type { QuotaLease } from './owner-limits.ts';
import { createTokenBucket } from './token-bucket.ts';
import type { TurnBudget } from './turn-budget.ts';

export type ClientSocket = Socket<ClientToServerEvents, ServerToClientEvents>;

type SessionLimits = Pick<
  SocketGatewaySettings,
  'messagesPerSecond' | 'messageBurst' | 'maxOffences' | 'resubscriptionCost'
>;

export interface SessionPorts {
  /** The rooms of this client. */
  readonly rooms: ClientSubscriptions;
  readonly products: () => string[];
  readonly limits: SessionLimits;
  /** What clients ask for is done within it, so that many who ask at once do not hold everybody up. */
  readonly turns: TurnBudget;
  /** What the client's owner may do on all connections together. */
  readonly lease: QuotaLease;
  readonly serverTime: () => number;
  /** Takes quotes of this client, where it may send any. Never rejects. */
  readonly ingest: (request: unknown) => Promise<IngestResponse>;
  /** Tells the replay what this client asks of it, where it may. Never rejects. */
  readonly replay: (command: unknown) => Promise<ReplayResponse>;
  /** Does what a command asks for in the trace that it names. */
  readonly inTrace: <Result>(event: string, command: unknown, work: () => Result) => Result;
  /** A message was answered with an error. */
  readonly onRefusal: (code: ErrorCode) => void;
  /** The client has sent more malformed or too frequent messages than it may. */
  readonly onAbuse: () => void;
}

/** A refusal, or the JSON of a `SubscriptionResponse` that is none. */
export type SubscriptionOutcome = Refused | JsonText;

/** What a client follows. Responses may come later, when this gateway has to catch up with the client first. */
export interface ClientSubscriptions {
  readonly size: number;
  /** Whether the connection has subscribed to the room before, and may have left it since. */
  knows(room: string): boolean;
  subscribe(request: SubscriptionRequest, respond: (outcome: SubscriptionOutcome) => void): void;
  /** False when the client is not in the room. */
  unsubscribe(room: string): boolean;
  leaveAll(): void;
}

/** What no well-meaning client sends again and again; asking for a product that is not there yet is fine. */
const OFFENCES: ReadonlySet<ErrorCode> = new Set(['invalid_request', 'too_many_requests']);

const requestCheck = schemaCheck(SubscriptionRequest);
const EXPECTED =
  'expected {type: "product"|"chain"|"summary"|"bars"|"surface"|"alerts", symbol, expiry?, mode?, interval_ms?, strikes?, ' +
  'bar?, resume?, trace?, traceparent?} with an upper-case symbol and an expiry as YYYY-MM-DD, or {type: "own_alerts", ' +
  'owner?, resume?}, and only what the type has';

export const refused = (code: ErrorCode, message: string): Refused => ({
  ok: false,
  error: { code, message },
});

export interface ClientSession {
  /** The client acknowledged what was never asked of it: a message like any other that is malformed. */
  onStrayAck(): void;
}

/** Serves one connection: what it may ask, within its limits. Every message is answered, none throws. */
export function serveClient(socket: ClientSocket, ports: SessionPorts): ClientSession {
  const { rooms, limits, lease, turns } = ports;
  const bucket = createTokenBucket(limits.messagesPerSecond, limits.messageBurst, performance.now());
  let offences = 0;

  function tellRefusal({ error }: Refused): void {
    ports.onRefusal(error.code);
    socket.emit('error', error);
    if (!OFFENCES.has(error.code)) return;
    offences += 1;
    if (offences === limits.maxOffences) ports.onAbuse();
  }

  // Clients are not bound by our types: any argument may be anything, and the last may be an ack.
  const onSubscribe = (...given: unknown[]): void => {
    const respond = (outcome: SubscriptionOutcome) => {
      if (outcome instanceof JsonText) socket.emit('subscribed', outcome as unknown as Subscribed);
      else tellRefusal(outcome);
      ackOf(given)?.(outcome);
    };
    const [request] = given;
    if (!requestCheck.accepts(request)) respond(refused('invalid_request', EXPECTED));
    else if (rooms.knows(roomOf(request)) && !bucket.take(performance.now(), limits.resubscriptionCost - 1)) {
      const cost = `subscribing to a room again counts for ${limits.resubscriptionCost} messages`;
      respond(refused('too_many_requests', `at most ${limits.messagesPerSecond} messages a second; ${cost}`));
    } else rooms.subscribe(request, respond);
  };
  const unsubscribe = (request: unknown): UnsubscriptionResponse => {
    if (!requestCheck.accepts(request)) return refused('invalid_request', EXPECTED);
    const room = roomOf(request);
    if (rooms.unsubscribe(room)) return { ok: true, room };
    return refused('not_subscribed', `this connection is not in ${room}`);
  };
  const onUnsubscribe = (...given: unknown[]): void => {
    const response = unsubscribe(given[0]);
    if (response.ok) socket.emit('unsubscribed', { room: response.room });
    else tellRefusal(response);
    ackOf(given)?.(response);
  };
  const onGetProducts = (...given: unknown[]): void => {
    const response: ProductsResponse = { ok: true, products: ports.products() };
    socket.emit('products', response);
    ackOf(given)?.(response);
  };
  const onPing = (...given: unknown[]): void => {
    const response = { ok: true, timestamp: isoTime(ports.serverTime()) } as const;
    socket.emit('pong', response);
    ackOf(given)?.(response);
  };

  const later =
    (carryOut: (request: unknown) => Promise<IngestResponse | ReplayResponse>) =>
    (...given: unknown[]): Promise<void> =>
      carryOut(given[0]).then((response) => {
        if (!response.ok && socket.connected) tellRefusal(response);
        ackOf(given)?.(response);
      });

  const inTurn =
    (event: string, handle: (...given: unknown[]) => void | Promise<void>) =>
    (...given: unknown[]): void =>
      turns.run(() => {
        if (socket.connected) void ports.inTrace(event, given[0], () => handle(...given));
      });

  function admit(event: unknown): Refused | null {
    const now = performance.now();
    if (!bucket.take(now)) {
      return refused('too_many_requests', `at most ${limits.messagesPerSecond} messages a second`);
    }
    if (!lease.takeMessage(now)) {
      return refused('too_many_requests', 'all connections of this user or address together send too much');
    }
    if (EVENTS.has(event)) return null;
    return refused('invalid_request', `there is no event ${String(event).slice(0, 40)}`);
  }

  socket.use(([event, ...given], next) => {
    const refusal = admit(event);
    if (!refusal) return next();
    tellRefusal(refusal);
    ackOf(given)?.(refusal);
  });
  socket.on('subscribe', inTurn('subscribe', onSubscribe));
  socket.on('unsubscribe', inTurn('unsubscribe', onUnsubscribe));
  socket.on('get_products', inTurn('get_products', onGetProducts));
  socket.on('ping', inTurn('ping', onPing));
  socket.on('ingest', inTurn('ingest', later(ports.ingest)));
  socket.on('replay', inTurn('replay', later(ports.replay)));
  socket.emit('connected', { id: socket.id, server_time: isoTime(ports.serverTime()) });
  return {
    onStrayAck() {
      const refusal = admit('acknowledgement');
      if (refusal) tellRefusal(refusal);
    },
  };
}

const EVENTS: ReadonlySet<unknown> = new Set<keyof ClientToServerEvents>([
  'subscribe',
  'unsubscribe',
  'get_products',
  'ping',
  'ingest',
  'replay',
  'authenticate',
]);

function ackOf(given: readonly unknown[]): ((response: unknown) => void) | undefined {
  const last = given.at(-1);
  return typeof last === 'function' ? (last as (response: unknown) => void) : undefined;
}
