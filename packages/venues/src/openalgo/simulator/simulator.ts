import { isObject, type Json } from '@deltastream/recordings/cells';
import type {
  SimulatedMarket,
  SimulatedRequest,
  SimulatedResponse,
  Simulator,
} from '../../simulators/index.ts';
import { startVenueServer, type VenueServerOptions } from '../../simulators/index.ts';
import { OPENALGO_LIMITS } from '../openalgo-venue.ts';
import { MOST_STRIKES_A_SIDE } from '../rest/api-requests.ts';
import { createSimulatedConversation } from './simulated-conversation.ts';
import { expiriesOf, instrumentRows, instrumentTable, optionChain } from './simulated-lists.ts';
import type { Broker } from './write-tick.ts';

export interface OpenAlgoSimulatorOptions
  extends Pick<VenueServerOptions, 'port' | 'cadenceMs' | 'limits' | 'unreadMs'> {
  /** The only key that is accepted. */
  readonly apiKey: string;
  /** Whose data it passes on; `zerodha` by default. */
  readonly broker?: Broker;
  /** Of REST, from all clients together; 50 by default. */
  readonly requestsPerSecond?: number;
  /** Whoever has not authenticated after so long is let go, ms; 15 s by default. */
  readonly authenticationMs?: number;
}

const ROUTE = /^\/api\/v1\/(instruments|expiry|optionchain)\/?$/;
const SEGMENTS: ReadonlySet<unknown> = new Set(['NFO', 'BFO', 'NSE', 'BSE', 'NSE_INDEX', 'BSE_INDEX']);
const DERIVATIVES: ReadonlySet<unknown> = new Set(['NFO', 'BFO']);

/**
 * OpenAlgo on this machine: its REST API and its WebSocket, which here are on one port, and the WebSocket at any path. The ids
 * of the market are those of `openAlgoId`.
 */
export function createOpenAlgoSimulator(
  market: SimulatedMarket,
  options: OpenAlgoSimulatorOptions,
): Promise<Simulator> {
  const { apiKey, broker = 'zerodha', requestsPerSecond = 50, authenticationMs = 15_000 } = options;
  let second = 0;
  let requests = 0;

  function isTooMany(): boolean {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) requests = 0;
    second = now;
    return ++requests > requestsPerSecond;
  }

  function respond(request: SimulatedRequest): SimulatedResponse {
    const route = ROUTE.exec(request.url.pathname)?.[1];
    const isRead = route === 'instruments';
    if (route === undefined) return failure(404, 'The requested URL was not found on the server.');
    if (request.method !== (isRead ? 'GET' : 'POST')) return failure(405, 'The method is not allowed');
    if (isTooMany()) return failure(429, 'Rate limit exceeded');
    const asked = isRead ? Object.fromEntries(request.url.searchParams) : bodyOf(request);
    if (asked === null) return failure(400, 'The browser (or proxy) sent a request that is not understood.');
    if (request.tokenExpired || asked.apikey !== apiKey) return failure(403, 'Invalid openalgo apikey');
    if (isRead) return instruments(request.market, asked);
    return route === 'expiry' ? expiry(request.market, asked) : chain(request.market, asked);
  }

  function chain(present: SimulatedMarket, asked: Json): SimulatedResponse {
    const { underlying, exchange, expiry_date: expiryDate, strike_count: count } = asked;
    const isCount = count === undefined || (Number.isInteger(count) && Number(count) >= 1);
    if (!SEGMENTS.has(exchange) || !isCount || Number(count ?? 1) > MOST_STRIKES_A_SIDE)
      return failure(400, 'Validation error');
    const answer = optionChain(
      present,
      {
        ...{ underlying: String(underlying), exchange: String(exchange), expiry_date: String(expiryDate) },
        strike_count: count === undefined ? undefined : Number(count),
      },
      broker,
    );
    if (answer) return json(200, answer);
    return failure(404, `No strikes found for ${String(underlying)} expiring ${String(expiryDate)}.`);
  }

  return startVenueServer({
    ...options,
    market,
    limits: options.limits ?? OPENALGO_LIMITS,
    venue: {
      respond,
      connect:
        ({ tokenExpired: isRefused }) =>
        (peer) =>
          createSimulatedConversation(peer, { apiKey, broker, authenticationMs, isRefused }),
    },
  });
}

function instruments(market: SimulatedMarket, { exchange, format = 'json' }: Json): SimulatedResponse {
  if (exchange !== undefined && !SEGMENTS.has(exchange)) return failure(400, 'Validation error');
  const rows = instrumentRows(market, exchange === undefined ? null : String(exchange));
  if (format !== 'csv')
    return json(200, { status: 'success', message: `Found ${rows.length} instruments`, data: rows });
  return { status: 200, headers: { 'content-type': 'text/csv' }, body: instrumentTable(rows) };
}

function expiry(market: SimulatedMarket, { symbol, exchange }: Json): SimulatedResponse {
  if (!DERIVATIVES.has(exchange)) return failure(400, 'Validation error');
  const data = expiriesOf(market, String(exchange), String(symbol));
  return json(200, { status: 'success', message: `Found ${data.length} expiry dates`, data });
}

function bodyOf({ body }: SimulatedRequest): Json | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const json = (status: number, content: object): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(content),
});

const failure = (status: number, message: string): SimulatedResponse =>
  json(status, { status: 'error', message });
