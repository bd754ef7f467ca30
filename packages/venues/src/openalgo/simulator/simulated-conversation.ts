import { isObject, type Json } from '@deltastream/recordings/cells';
import type { InstrumentId } from '../../instrument.ts';
import type { SimulatedConversation, SimulatedMarket, SimulatedPeer } from '../../simulators/index.ts';
import { openalgoId } from '../symbols.ts';
import { type Broker, MODES, type Mode, tickMessage } from './write-tick.ts';

export interface SimulatedSessionOptions {
  readonly apiKey: string;
  readonly broker: Broker;
  /** Whoever has not authenticated after so long is let go, ms. */
  readonly authenticationMs: number;
  /** The key is not accepted at present. */
  readonly isRefused: boolean;
}

const AUTHENTICATION_TIMEOUT = 4401;
const MODE_NAMES = Object.keys(MODES) as Mode[];

/**
 * Speaks as OpenAlgo over one socket: a login in the first message, answers that say of each symbol how it went, a message for
 * each tick. An instrument that is subscribed in two modes is sent in the higher one.
 */
export function createSimulatedConversation(
  peer: SimulatedPeer,
  { apiKey, broker, authenticationMs, isRefused }: SimulatedSessionOptions,
): SimulatedConversation {
  const modes = new Map<InstrumentId, Set<Mode>>();
  let isAuthenticated = false;

  const say = (message: object) => peer.send(JSON.stringify(message));
  const refuse = (code: string, message: string) => say({ status: 'error', code, message });
  const answered = ({ request_id: id }: Json) => (id === undefined ? {} : { request_id: id });

  function authenticate({ api_key: key, apikey }: Json): void {
    const given = key || apikey;
    if (!given) return void refuse('AUTHENTICATION_ERROR', 'API key is required');
    if (isRefused || given !== apiKey) return void refuse('AUTHENTICATION_ERROR', 'Invalid API key');
    isAuthenticated = true;
    peer.heartbeatEvery(0);
    say({
      ...{ type: 'auth', status: 'success', message: 'Authentication successful', broker },
      ...{ user_id: 'simulated', supported_features: { ltp: true, quote: true, depth: true } },
    });
  }

  function subscribe(request: Json): void {
    const mode = modeOf(request.mode ?? 'Quote');
    if (mode === null) return void refuse('INVALID_MODE', `Invalid mode ${JSON.stringify(request.mode)}`);
    const asked = symbolsOf(request);
    if (asked.length === 0) return void refuse('INVALID_PARAMETERS', 'At least one symbol must be specified');
    const listed = asked.filter(({ id }) => peer.market.quoteOf(id) !== null);
    const isTooMuch = !peer.subscribe(listed.map(({ id }) => id).filter((id) => !modes.has(id)));
    const subscriptions = asked.map(({ id, symbol, exchange }) => {
      const named = { symbol, exchange, broker };
      if (peer.market.quoteOf(id) === null)
        return { ...named, status: 'error', message: `Token not found for ${symbol} on ${exchange}` };
      if (isTooMuch) return { ...named, status: 'error', message: 'Maximum symbol limit reached' };
      modes.set(id, (modes.get(id) ?? new Set()).add(mode));
      return { ...named, status: 'success', mode, depth: request.depth ?? 5 };
    });
    say({
      ...{ type: 'subscribe', status: subscriptions.every(isSuccess) ? 'success' : 'partial' },
      ...{ subscriptions, message: 'Subscription processing complete', broker, ...answered(request) },
    });
    peer.push(subscriptions.filter(isSuccess).map((each) => openalgoId(each.exchange, each.symbol)));
  }

  function unsubscribe(request: Json): void {
    const isAll = (request.action ?? request.type) === 'unsubscribe_all';
    const asked = symbolsOf(request);
    if (asked.length === 0 && !isAll)
      return void refuse('INVALID_PARAMETERS', 'Either symbols or unsubscribe_all is required');
    if (isAll) {
      peer.unsubscribe([...modes.keys()]);
      modes.clear();
    }
    for (const { id, mode } of asked) {
      const of = modes.get(id);
      of?.delete(modeOf(mode ?? 'Quote') ?? 'Quote');
      if (of?.size !== 0) continue;
      modes.delete(id);
      peer.unsubscribe([id]);
    }
    say({
      ...{ type: 'unsubscribe', status: 'success', message: 'Unsubscription processing complete' },
      successful: asked.map(({ symbol, exchange }) => ({ symbol, exchange, status: 'success', broker })),
      ...{ failed: [], broker, ...answered(request) },
    });
  }

  function ping({ timestamp }: Json): void {
    const asked = timestamp === undefined ? {} : { client_timestamp: timestamp };
    say({ type: 'pong', status: 'success', server_timestamp: Date.now(), ...asked });
  }

  return {
    opened() {
      peer.heartbeatEvery(authenticationMs);
      return [];
    },
    heartbeat() {
      if (!isAuthenticated) peer.close(AUTHENTICATION_TIMEOUT, 'auth timeout');
      return [];
    },
    receive(message) {
      const request = parsed(String(message));
      if (request === null) return void refuse('INVALID_JSON', 'Invalid JSON message');
      const action = request.action || request.type;
      if (action === 'authenticate' || action === 'auth') return void authenticate(request);
      if (action === 'ping') return void ping(request);
      const isSubscribe = action === 'subscribe';
      if (!isSubscribe && action !== 'unsubscribe' && action !== 'unsubscribe_all')
        return void refuse('INVALID_ACTION', `Invalid action: ${String(action)}`);
      if (!isAuthenticated) return void refuse('NOT_AUTHENTICATED', 'You must authenticate first');
      if (isSubscribe) subscribe(request);
      else unsubscribe(request);
    },
    quotes(quotes) {
      const terms = termsOf(peer.market);
      return quotes.map((quote) => {
        const mode = MODE_NAMES.findLast((name) => modes.get(quote.id)?.has(name)) ?? 'Depth';
        return tickMessage(quote, { mode, broker, ...(terms.get(quote.id) ?? { lot: 1, isIndex: false }) });
      });
    },
  };
}

const isSuccess = ({ status }: { readonly status: string }): boolean => status === 'success';

function termsOf({ list }: SimulatedMarket): Map<InstrumentId, { lot: number; isIndex: boolean }> {
  return new Map(
    list.instruments.map((each) => [
      each.id,
      {
        lot: each.kind === 'option' ? (each.lotSize ?? 1) : 1,
        isIndex: each.kind === 'underlying' && each.listing.kind === 'index',
      },
    ]),
  );
}

/** A number or a name in any case. */
function modeOf(mode: unknown): Mode | null {
  const given = typeof mode === 'string' ? mode.trim().toLowerCase() : mode;
  return MODE_NAMES.find((name) => name.toLowerCase() === given || MODES[name] === given) ?? null;
}

interface Named {
  readonly id: InstrumentId;
  readonly symbol: string;
  readonly exchange: string;
  readonly mode: unknown;
}

/** In a list, or alone in the request; one without a name vanishes, and nobody says so. */
function symbolsOf(request: Json): Named[] {
  const { symbols } = request;
  const given: readonly unknown[] = Array.isArray(symbols) && symbols.length > 0 ? symbols : [request];
  return given.flatMap((each) => {
    if (!isObject(each)) return [];
    const { symbol, exchange, mode } = each;
    if (typeof symbol !== 'string' || typeof exchange !== 'string' || !symbol || !exchange) return [];
    return [{ id: openalgoId(exchange, symbol), symbol, exchange, mode }];
  });
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
