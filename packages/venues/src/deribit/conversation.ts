import { BadCell, isObject, type Json, parseJson } from '@deltastream/recordings/cells';
import type { InstrumentId } from '../instrument.ts';
import type { WireConversation, WireEvent, WireMessage } from '../wire-protocol.ts';
import {
  errorOf,
  errorText,
  isNotNow,
  PAUSE_AFTER_TOO_MANY_MS,
  rpcRequest,
  TOO_MANY_REQUESTS,
} from './json-rpc.ts';
import type { ListedContracts } from './listed-contracts.ts';
import { createChannelMeaning } from './meaning.ts';

/** A request whose response has not come. */
type Pending =
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'test' }
  | { readonly kind: 'subscribe' | 'unsubscribe'; readonly ids: readonly InstrumentId[] };

/** More requests without a response are not remembered: the venue responds within seconds, and few are sent in one. */
const MAX_PENDING = 1000;

const NONE: readonly WireEvent[] = [];
const ALIVE: readonly WireEvent[] = [{ kind: 'alive' }];

export interface DeribitConversationOptions {
  readonly contracts: ListedContracts;
  /** The venue asks for a sign of life so often, s; at least 10. */
  readonly heartbeatSeconds: number;
}

/**
 * One connection: JSON-RPC 2.0. An option is subscribed by `incremental_ticker`, an index by its price, the mark prices of
 * its options and the states of what is listed with them, DVOL by its channel.
 */
export function createDeribitConversation({
  contracts,
  heartbeatSeconds,
}: DeribitConversationOptions): WireConversation {
  const meaning = createChannelMeaning(contracts);
  const pending = new Map<number, Pending>();
  const wanted = new Set<InstrumentId>();
  const decoder = new TextDecoder();
  let lastId = 0;

  function request(method: string, params: object, what: Pending): string {
    lastId += 1;
    if (pending.size === MAX_PENDING) pending.delete(pending.keys().next().value as number);
    pending.set(lastId, what);
    return rpcRequest(lastId, method, params);
  }

  function responded(response: Json): readonly WireEvent[] {
    const what = pending.get(Number(response.id));
    pending.delete(Number(response.id));
    const error = errorOf(response);
    if (error?.code === TOO_MANY_REQUESTS) {
      return [{ kind: 'failed', reason: errorText(error), retryAfterMs: PAUSE_AFTER_TOO_MANY_MS }];
    }
    if (error && what?.kind === 'subscribe' && !isNotNow(error)) {
      return [{ kind: 'refused', ids: what.ids, reason: errorText(error) }];
    }
    if (error) {
      const isOfOne = what?.kind === 'subscribe' || what?.kind === 'unsubscribe';
      // An error to no request of ours, such as `connection_too_slow`, is about the connection.
      return isOfOne || isNotNow(error) ? ALIVE : [{ kind: 'failed', reason: errorText(error) }];
    }
    if (what?.kind === 'heartbeat') return [{ kind: 'ready' }];
    if (what?.kind === 'subscribe') return subscribed(what.ids, response.result);
    if (what?.kind === 'unsubscribe') forget(what.ids);
    return ALIVE;
  }

  /** Until the venue confirmed that they are not subscribed, their changes come; meanwhile they may be asked for again. */
  function forget(ids: readonly InstrumentId[]): void {
    for (const id of ids) if (!wanted.has(id)) meaning.forget(String(id));
  }

  function subscribed(ids: readonly InstrumentId[], result: unknown): readonly WireEvent[] {
    const channels = new Set(Array.isArray(result) ? result : []);
    const [given, refused]: [InstrumentId[], InstrumentId[]] = [[], []];
    for (const id of ids) (channels.has(quoteChannel(id)) ? given : refused).push(id);
    const events: WireEvent[] = [];
    if (given.length > 0) events.push({ kind: 'subscribed', ids: given });
    if (refused.length > 0) {
      events.push({
        kind: 'refused',
        ids: refused,
        reason: 'Deribit did not list its channel as subscribed',
      });
    }
    return events;
  }

  function called({ method, params }: Json, sink: Parameters<WireConversation['receive']>[1]): 'test' | null {
    if (!isObject(params)) return null;
    if (method === 'subscription') meaning.notified(String(params.channel), params.data, sink);
    return method === 'heartbeat' && params.type === 'test_request' ? 'test' : null;
  }

  return {
    opened: () => ({
      send: [request('public/set_heartbeat', { interval: heartbeatSeconds }, { kind: 'heartbeat' })],
      ready: false,
    }),
    subscribe: (ids) => {
      for (const id of ids) {
        wanted.add(id);
        if (isOption(id)) meaning.watch(String(id));
      }
      const channels = ids.flatMap((id) => channelsOf(id, contracts));
      return [request('public/subscribe', { channels }, { kind: 'subscribe', ids })];
    },
    unsubscribe: (ids) => {
      for (const id of ids) wanted.delete(id);
      // States stay subscribed: several indices share their channel.
      const channels = ids
        .flatMap((id) => channelsOf(id, contracts))
        .filter((channel) => !channel.startsWith('instrument.state.'));
      return [request('public/unsubscribe', { channels }, { kind: 'unsubscribe', ids })];
    },
    receive: (message: WireMessage, sink, reply) => {
      try {
        const body = parseJson(typeof message === 'string' ? message : decoder.decode(message));
        if (typeof body.method !== 'string') return responded(body);
        if (called(body, sink) === 'test') reply(request('public/test', {}, { kind: 'test' }));
        return body.method === 'heartbeat' ? ALIVE : NONE;
      } catch (error) {
        if (!(error instanceof BadCell)) throw error;
        sink.rejected(error.rejection, error.message);
        // It may have been a change: what it belonged to is not known any more before the next full ticker.
        return [{ kind: 'failed', reason: `a message of Deribit cannot be read: ${error.message}` }];
      }
    },
  };
}

const isOption = (id: InstrumentId): boolean => /^[A-Z]/.test(String(id));

/** The channel whose notifications are the quotes of an instrument. */
function quoteChannel(id: InstrumentId): string {
  const name = String(id);
  if (isOption(id)) return `incremental_ticker.${name}`;
  return name.includes('.') ? name : `deribit_price_index.${name}`;
}

function channelsOf(id: InstrumentId, contracts: ListedContracts): string[] {
  const channel = quoteChannel(id);
  if (!channel.startsWith('deribit_price_index.')) return [channel];
  const currency = contracts.currencyOf(String(id));
  return [channel, `markprice.options.${id}`, ...(currency ? [`instrument.state.option.${currency}`] : [])];
}
