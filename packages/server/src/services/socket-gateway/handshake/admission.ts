import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'socket.io';
import type { HostCheck } from '../../../kit/access/access.ts';
import { type ClientAddress, networkOf } from '../../../kit/access/addresses.ts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import type { Allowance, Bucket, RateLimiter } from '../../../ports/rate-limiter.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import { keepFirstRequest } from './first-request.ts';
import { createOriginRule } from './origin-rule.ts';
import type { RequestScreen, Screened } from './screen-requests.ts';
import type { Place, Sessions } from './sessions.ts';
import type { Strikes } from './strikes.ts';

type Connection = Socket['conn'];

export type AdmissionSettings = Pick<
  SocketGatewaySettings,
  'corsOrigins' | 'requestsPerSecond' | 'handshakesPerSecond' | 'handshakeBurst' | 'maxPayloadBytes'
>;

export interface AdmissionParts {
  readonly addressOf: ClientAddress;
  /** Why a client may not ask for the host that it names, where data is open. */
  readonly refusalOfHost: HostCheck;
  readonly sessions: Sessions;
  readonly strikes: Strikes;
  /** Without it requests are not counted. */
  readonly limiter: RateLimiter | undefined;
  readonly stopping: () => boolean;
  /** The response to a poll of a session is under way. */
  readonly onPoll: (response: ServerResponse, connection: Connection) => void;
  readonly onRefusal: (error: DeltaStreamError, request: IncomingMessage) => void;
}

export interface Admission extends RequestScreen {
  /** A session began; it takes the place of its handshake. */
  opened(connection: Connection): void;
}

interface Reservation {
  readonly place: Place;
  readonly network: string;
  /** Takes back what releases the place when the handshake ends without a session. */
  unhook(): void;
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'OPTIONS']);
/** What may come at once is what comes in this many seconds. */
const BURST_SECONDS = 2;

/**
 * Every request and upgrade of the endpoint, before anything is allocated for it: its method, Host and Origin, how many
 * there were of its address, and for a handshake whether there is room for a session.
 */
export function createAdmission(settings: AdmissionSettings, parts: AdmissionParts): Admission {
  const { addressOf, refusalOfHost, sessions, strikes, limiter } = parts;
  const originAllowed = createOriginRule(settings.corsOrigins);
  const reservations = new WeakMap<IncomingMessage, Reservation>();

  function headRefusal({ request, response }: Screened, query: URLSearchParams): DeltaStreamError | null {
    const { method = '', headers } = request;
    if (response !== null && !METHODS.has(method)) {
      return new DeltaStreamError('method_not_allowed', `${method} is not a method of the socket endpoint`);
    }
    // It would give any page the session's id, without CORS.
    if (query.has('j')) return new DeltaStreamError('invalid_request', 'query j: JSONP is not served');
    const foreign = refusalOfHost(request);
    if (foreign !== null) return foreign;
    if (!originAllowed(request)) {
      const origin =
        headers.origin === undefined ? 'is missing' : JSON.stringify(headers.origin.slice(0, 100));
      return new DeltaStreamError('origin_not_allowed', `header origin: ${origin}`);
    }
    const length = Number(headers['content-length'] ?? 0);
    if (length <= settings.maxPayloadBytes) return null;
    return new DeltaStreamError('payload_too_large', `a request may have ${settings.maxPayloadBytes} bytes`);
  }

  const rateRefusal = ({ allowed, waitMs }: Allowance): DeltaStreamError | null =>
    allowed ? null : tooMany('more requests of this address than the limit allows', waitMs);

  function bucketsOf({ request }: Screened, query: URLSearchParams, ip: string): Bucket[] {
    const { requestsPerSecond, handshakesPerSecond, handshakeBurst } = settings;
    const network = networkOf(ip);
    const buckets: Bucket[] = [];
    if (requestsPerSecond > 0) {
      const burst = Math.max(1, Math.ceil(requestsPerSecond * BURST_SECONDS));
      buckets.push({ key: `socket:${network}`, perSecond: requestsPerSecond, burst });
    }
    if (handshakesPerSecond > 0 && request.method === 'GET' && !sidOf(query)) {
      buckets.push({ key: `handshake:${network}`, perSecond: handshakesPerSecond, burst: handshakeBurst });
    }
    return buckets;
  }

  function sessionRefusal(screened: Screened, query: URLSearchParams, ip: string): DeltaStreamError | null {
    const { request, response } = screened;
    if (request.method === 'OPTIONS') return null;
    const sid = sidOf(query);
    if (!sid) return request.method === 'GET' ? handshakeRefusal(screened, ip) : null;
    const connection = sessions.find(sid);
    // An unknown session is engine.io's to refuse, in the words its clients know.
    if (connection === undefined) return null;
    if (response === null) {
      if (sessions.takeUpgrade(connection)) return null;
      return new DeltaStreamError('invalid_request', 'the session has asked for an upgrade before');
    }
    if (request.method === 'GET') parts.onPoll(response, connection);
    return null;
  }

  function handshakeRefusal({ request, response }: Screened, ip: string): DeltaStreamError | null {
    if (parts.stopping()) {
      return new DeltaStreamError('unavailable', 'the gateway is stopping', { retryAfterSeconds: 1 });
    }
    const network = networkOf(ip);
    const refusedForMs = strikes.refusedForMs(network);
    if (refusedForMs > 0)
      return tooMany('connections of this address were cut for what they sent', refusedForMs);
    const place = sessions.reserve(ip);
    if (place instanceof DeltaStreamError) return place;
    const ended = response ?? request.socket;
    const release = () => {
      reservations.delete(request);
      place.release();
    };
    ended.once('close', release);
    reservations.set(request, { place, network, unhook: () => ended.off('close', release) });
    return null;
  }

  function judge(screened: Screened): ReturnType<RequestScreen['screen']> {
    const query = new URL(screened.request.url ?? '/', 'http://localhost').searchParams;
    const refusal = headRefusal(screened, query);
    if (refusal !== null) return refusal;
    const ip = addressOf(screened.request);
    const buckets = limiter === undefined ? [] : bucketsOf(screened, query, ip);
    if (limiter === undefined || buckets.length === 0) return sessionRefusal(screened, query, ip);
    const decide = (allowance: Allowance) => rateRefusal(allowance) ?? sessionRefusal(screened, query, ip);
    const allowance = limiter.take(buckets);
    if (!(allowance instanceof Promise)) return decide(allowance);
    return allowance.then(decide, (cause) => new DeltaStreamError('unavailable', reasonOf(cause), { cause }));
  }

  return {
    screen(screened) {
      const tell = (refusal: DeltaStreamError | null) => {
        if (refusal !== null) parts.onRefusal(refusal, screened.request);
        return refusal;
      };
      const verdict = judge(screened);
      return verdict instanceof Promise ? verdict.then(tell) : tell(verdict);
    },
    pipelined(request) {
      strikes.add(networkOf(addressOf(request)));
      const refusal = tooMany('the request before it is not answered yet', 0);
      parts.onRefusal(refusal, request);
      return refusal;
    },
    opened(connection) {
      const { request } = connection;
      const reservation = request && reservations.get(request);
      if (!reservation) return;
      reservation.unhook();
      reservations.delete(request);
      reservation.place.open(connection);
      strikes.opened(connection, reservation.network);
      keepFirstRequest(connection);
    },
  };
}

/** Of a name that is there twice engine.io takes the last. */
const sidOf = (query: URLSearchParams): string | undefined => query.getAll('sid').at(-1);

const tooMany = (why: string, waitMs: number): DeltaStreamError =>
  new DeltaStreamError('too_many_requests', why, {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  });
