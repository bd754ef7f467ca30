import type { InstrumentId } from '../../instrument.ts';
import type { InstrumentQuote } from '../../meaning.ts';
import type { SimulatedConversation, SimulatedPeer } from '../../simulators/simulated-venue.ts';
import type { WireMessage } from '../../wire-protocol.ts';
import { TOO_MANY_REQUESTS } from '../json-rpc.ts';
import { listingCurrency } from '../listed-contracts.ts';
import { createMarketView, type MarketView } from './market-view.ts';
import { callMethod, INVALID_PARAMS, type Params, RpcFailure } from './methods.ts';
import type { Pools } from './rate-limit.ts';
import { changeOf, tickerOf, type WireOption } from './wire-values.ts';

export interface SimulatedConversationOptions {
  readonly peer: SimulatedPeer;
  readonly pools: Pools;
  /** More channels in a message are refused as too large. */
  readonly channelsPerMessage: number;
  /** Instead of the interval that the client asked for, ms. */
  readonly heartbeatMs: number | undefined;
  /** A result as a response. */
  readonly envelope: (id: unknown, result: unknown) => string;
}

/** What the channels of a name are: of an option, an index or DVOL. */
type Channel =
  | { readonly kind: 'incremental' | 'ticker' | 'price' | 'marks' | 'dvol'; readonly id: string }
  | { readonly kind: 'states'; readonly currency: string };

const INVALID_REQUEST = -32600;
const RAW_NEEDS_LOGIN = 13778;
/** As the venue closes a session that broke a rule. */
const POLICY_VIOLATION = 1008;

/** One WebSocket of the simulated venue: JSON-RPC 2.0, subscriptions and heartbeats. */
export function createSimulatedConversation(options: SimulatedConversationOptions): SimulatedConversation {
  const { peer, pools, channelsPerMessage, heartbeatMs, envelope } = options;
  const view: MarketView = createMarketView(peer.market);
  /** By instrument, the channels that are subscribed. */
  const channels = new Map<InstrumentId, Set<string>>();
  const currencies = new Set<string>();
  /** The last ticker that each option was sent incrementally. */
  const sent = new Map<InstrumentId, Record<string, unknown>>();
  let awaitsTest = false;

  function subscribe({ channels: asked }: Params): string[] {
    const named = namedChannels(asked);
    if (named.length > channelsPerMessage) throw new RpcFailure(INVALID_REQUEST, 'request entity too large');
    const known = named.flatMap((name): [string, Channel][] => {
      const channel = channelOf(name, view);
      return channel ? [[name, channel]] : [];
    });
    const first = new Set<string>();
    for (const [, channel] of known) {
      if (channel.kind !== 'states' && (channel.kind !== 'marks' || !channels.has(channel.id)))
        first.add(channel.id);
    }
    if (!peer.subscribe([...first])) throw new RpcFailure(INVALID_REQUEST, 'request entity too large');
    for (const [name, channel] of known) {
      if (channel.kind === 'states') currencies.add(channel.currency);
      else channels.set(channel.id, (channels.get(channel.id) ?? new Set()).add(name));
      if (channel.kind === 'incremental') sent.delete(channel.id);
    }
    return known.map(([name]) => name);
  }

  function unsubscribe({ channels: asked }: Params): string[] {
    return namedChannels(asked).flatMap((name) => {
      const channel = channelOf(name, view);
      if (channel?.kind === 'states') currencies.delete(channel.currency);
      else if (channel) {
        channels.get(channel.id)?.delete(name);
        if (channels.get(channel.id)?.size === 0) {
          channels.delete(channel.id);
          sent.delete(channel.id);
          peer.unsubscribe([channel.id]);
        }
      }
      return channel ? [name] : [];
    });
  }

  function setHeartbeat({ interval }: Params): 'ok' {
    if (!(Number(interval) >= 10)) {
      throw new RpcFailure(INVALID_PARAMS, 'Invalid params', { param: 'interval', reason: 'at least 10' });
    }
    peer.heartbeatEvery(heartbeatMs ?? Number(interval) * 1000);
    return 'ok';
  }

  function call(method: string, params: Params): unknown {
    if (method === 'public/set_heartbeat') return setHeartbeat(params);
    if (method === 'public/disable_heartbeat') {
      peer.heartbeatEvery(0);
      return 'ok';
    }
    if (method === 'public/unsubscribe') return unsubscribe(params);
    if (method === 'public/test') awaitsTest = false;
    return callMethod(method, params, peer.market, view);
  }

  function respond(id: unknown, method: string, params: Params): void {
    if (!pools.take(method)) {
      peer.send(errorText(id, new RpcFailure(TOO_MANY_REQUESTS, 'too_many_requests')));
      peer.close(POLICY_VIOLATION, 'too many requests');
      return;
    }
    try {
      if (method === 'public/subscribe') {
        const names = subscribe(params);
        peer.send(envelope(id, names));
        peer.push([...new Set(names.flatMap((name) => idOf(channelOf(name, view))))]);
      } else {
        peer.send(envelope(id, call(method, params)));
      }
    } catch (error) {
      if (!(error instanceof RpcFailure)) throw error;
      peer.send(errorText(id, error));
    }
  }

  function* messagesOf(quote: InstrumentQuote, reason: 'snapshot' | 'change'): Generator<WireMessage> {
    const option = view.option(quote.id);
    const names = channels.get(quote.id) ?? FOREIGN;
    for (const name of names) {
      if (option) yield notification(nameFor(name, option), tickerFor(name, option, quote, reason));
      else if (name.startsWith('markprice.')) yield notification(name, marksOf(String(quote.id)));
      else if (names !== FOREIGN) yield notification(name, indexData(name, quote));
    }
  }

  function tickerFor(
    name: string,
    option: WireOption,
    quote: InstrumentQuote,
    reason: 'snapshot' | 'change',
  ): object {
    const ticker = tickerOf(option, quote);
    if (name.startsWith('ticker.')) return ticker;
    const before = sent.get(option.id);
    if (channels.has(option.id)) sent.set(option.id, ticker);
    return before && reason === 'change' ? changeOf(before, ticker) : { ...ticker, type: 'snapshot' };
  }

  function marksOf(index: string): object[] {
    return view.optionsOn(index).flatMap((option) => {
      const quote = peer.market.quoteOf(option.id);
      if (!quote || Number.isNaN(quote.mark)) return [];
      const { mark_price, mark_iv, timestamp } = tickerOf(option, quote);
      const iv = mark_iv === null ? null : Number(mark_iv) / 100;
      return [{ instrument_name: option.id, mark_price, iv, timestamp }];
    });
  }

  function states(ids: readonly InstrumentId[], state: string): WireMessage[] {
    return ids.flatMap((id) => {
      // One that ended is listed no more: its name says what it was.
      const currency = listingCurrency(String(id).split('-')[0]);
      if (!String(id).includes('-') || !currencies.has(currency)) return [];
      const data = { instrument_name: id, state, timestamp: Date.now() };
      return [notification(`instrument.state.option.${currency}`, data)];
    });
  }

  return {
    receive: (message) => {
      const request = requestOf(message);
      if (request === null) return peer.send(errorText(null, new RpcFailure(-32700, 'Parse error')));
      respond(request.id, String(request.method), (request.params ?? {}) as Params);
    },
    quotes: (quotes, reason) => quotes.flatMap((quote) => [...messagesOf(quote, reason)]),
    heartbeat: () => {
      if (awaitsTest) {
        peer.close(POLICY_VIOLATION, 'no response to test_request');
        return [];
      }
      awaitsTest = true;
      return [heartbeat('heartbeat'), heartbeat('test_request')];
    },
    listed: (ids) => states(ids, 'open'),
    ended: (ids) => {
      for (const id of ids) {
        channels.delete(id);
        sent.delete(id);
      }
      return states(ids, 'delivered');
    },
  };
}

/** A quote that nobody subscribed comes on the channel of its option. */
const FOREIGN: ReadonlySet<string> = new Set(['incremental_ticker.']);
const nameFor = (name: string, { id }: WireOption): string => (name.endsWith('.') ? `${name}${id}` : name);

const heartbeat = (type: string): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'heartbeat', params: { type } });

const notification = (channel: string, data: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { channel, data } });

export const errorText = (id: unknown, { code, message, data }: RpcFailure): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) }, testnet: true });

function indexData(name: string, { at, last, id }: InstrumentQuote): object {
  if (!name.startsWith('deribit_volatility_index.')) return { index_name: id, price: last, timestamp: at };
  return { index_name: String(id).split('.')[1], volatility: last, timestamp: at };
}

function requestOf(message: WireMessage): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(String(message));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function namedChannels(asked: unknown): string[] {
  if (Array.isArray(asked) && asked.every((name) => typeof name === 'string')) return asked;
  throw new RpcFailure(INVALID_PARAMS, 'Invalid params', {
    param: 'channels',
    reason: 'must be an array of strings',
  });
}

/** Null for one that the venue does not have. Throws RpcFailure for one that needs a login. */
function channelOf(name: string, view: MarketView): Channel | null {
  const [, kind, id = ''] = CHANNEL.exec(name) ?? [];
  if (kind === 'incremental_ticker') return view.option(id) && { kind: 'incremental', id };
  if (kind === 'ticker') {
    const [option, interval] = id.split('.');
    if (interval === 'raw') {
      throw new RpcFailure(RAW_NEEDS_LOGIN, 'raw_subscriptions_not_available_for_unauthorized');
    }
    return view.option(option) && /^(?:100ms|agg2)$/.test(interval) ? { kind: 'ticker', id: option } : null;
  }
  if (kind === 'deribit_price_index') return view.hasIndex(id) ? { kind: 'price', id } : null;
  if (kind === 'markprice.options') return view.hasIndex(id) ? { kind: 'marks', id } : null;
  // A market without DVOL has the channel all the same, on which nothing comes.
  if (kind === 'deribit_volatility_index') return view.hasIndex(id) ? { kind: 'dvol', id: name } : null;
  return kind === 'instrument.state.option' ? { kind: 'states', currency: id } : null;
}

const CHANNEL =
  /^(incremental_ticker|ticker|deribit_price_index|markprice\.options|deribit_volatility_index|instrument\.state\.option)\.(.+)$/;

const idOf = (channel: Channel | null): string[] =>
  channel && channel.kind !== 'states' ? [channel.id] : [];
