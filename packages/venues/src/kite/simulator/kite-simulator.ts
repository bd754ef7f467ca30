import type { InstrumentId } from '../../instrument.ts';
import type {
  SimulatedConversation,
  SimulatedMarket,
  SimulatedPeer,
  SimulatedRequest,
  SimulatedResponse,
  Simulator,
} from '../../simulators/index.ts';
import { startVenueServer, type VenueServerOptions } from '../../simulators/index.ts';
import { KITE_LIMITS } from '../kite-wire.ts';
import { encodeFrame, HEARTBEAT, MODES, type Mode } from './encode-frame.ts';
import { instrumentCsv } from './instrument-csv.ts';

export interface KiteSimulatorOptions
  extends Pick<VenueServerOptions, 'port' | 'cadenceMs' | 'limits' | 'unreadMs'> {
  /** What is accepted. */
  readonly apiKey: string;
  readonly accessToken: string;
  /** A second by default, as Kite does. */
  readonly heartbeatMs?: number;
  /** Sockets of the API key; Kite's three by default. */
  readonly connections?: number;
}

/**
 * Kite's servers: the instrument list over HTTP and the ticker over WebSocket, in its bytes and with its refusals: 403 without
 * a valid token, an error message beyond 3,000 instruments, 429 beyond three sockets (what Kite answers then is not documented).
 */
export function createKiteSimulator(
  market: SimulatedMarket,
  options: KiteSimulatorOptions,
): Promise<Simulator> {
  const { apiKey, accessToken, heartbeatMs = 1000, connections = KITE_LIMITS.connections } = options;
  let open = 0;

  function respond({ url, headers, tokenExpired, market: present }: SimulatedRequest): SimulatedResponse {
    const [, path, segment] = /^\/(instruments)(?:\/([A-Z]+))?$/.exec(url.pathname) ?? [];
    if (path === undefined) return failure(404, 'GeneralException', `Route not found: ${url.pathname}`);
    if (headers['x-kite-version'] !== '3')
      return failure(400, 'InputException', 'Missing or invalid X-Kite-Version');
    if (tokenExpired || headers.authorization !== `token ${apiKey}:${accessToken}`) return refused;
    return {
      status: 200,
      headers: { 'content-type': 'text/csv' },
      body: instrumentCsv(present, segment ?? null),
    };
  }

  function connect({
    url,
    tokenExpired,
  }: SimulatedRequest): SimulatedResponse | ((peer: SimulatedPeer) => SimulatedConversation) {
    const { searchParams: query } = url;
    if (tokenExpired || query.get('api_key') !== apiKey || query.get('access_token') !== accessToken)
      return refused;
    if (open >= connections) return failure(429, 'NetworkException', 'Too many connections');
    return (peer) => {
      open++;
      peer.heartbeatEvery(heartbeatMs);
      return createConversation(peer, lotsOf(market), () => open--);
    };
  }

  return startVenueServer({
    ...options,
    market,
    limits: options.limits ?? KITE_LIMITS,
    venue: { respond, connect },
  });
}

/** Units per contract; 1 of what is no option. */
function lotsOf(market: SimulatedMarket): (id: InstrumentId) => number {
  const lots = new Map<InstrumentId, number>();
  return (id) => {
    const known = lots.get(id);
    if (known !== undefined) return known;
    for (const instrument of market.list.instruments) {
      lots.set(instrument.id, instrument.kind === 'option' ? (instrument.lotSize ?? 1) : 1);
    }
    return lots.get(id) ?? 1;
  };
}

function createConversation(
  peer: SimulatedPeer,
  lotOf: (id: InstrumentId) => number,
  closed: () => void,
): SimulatedConversation {
  const modes = new Map<InstrumentId, Mode>();
  const say = (data: string) => peer.send(JSON.stringify({ type: 'error', data }));

  function subscribe(tokens: readonly number[]): void {
    const known = tokens.filter((token) => peer.market.quoteOf(token) !== null);
    if (!peer.subscribe(known)) {
      say('Subscription limit reached: too many instruments');
      return;
    }
    for (const token of known) if (!modes.has(token)) modes.set(token, 'quote');
    peer.push(known);
  }

  return {
    receive(message) {
      const { a: action, v: value } = parsed(message);
      const [mode, ofMode] = Array.isArray(value) ? value : [];
      if (action === 'subscribe' && isTokens(value)) subscribe(value);
      else if (action === 'unsubscribe' && isTokens(value)) {
        peer.unsubscribe(value);
        for (const token of value) modes.delete(token);
      } else if (action === 'mode' && MODES.includes(mode) && isTokens(ofMode)) {
        const subscribed = ofMode.filter((token) => modes.has(token));
        for (const token of subscribed) modes.set(token, mode);
        peer.push(subscribed);
      } else say('Invalid message');
    },
    quotes: (quotes) => [
      encodeFrame(
        quotes.map((quote) => ({ quote, lot: lotOf(quote.id), mode: modes.get(quote.id) ?? 'quote' })),
      ),
    ],
    heartbeat: () => [HEARTBEAT],
    closed,
  };
}

function parsed(message: string | Uint8Array): { a?: unknown; v?: unknown } {
  try {
    return (JSON.parse(String(message)) as { a?: unknown; v?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((token) => Number.isInteger(token));

const failure = (status: number, type: string, message: string): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ status: 'error', error_type: type, message, data: null }),
});

const refused = failure(403, 'TokenException', 'Incorrect `api_key` or `access_token`.');
