import { isObject, type Json } from '@deltastream/recordings/cells';
import type { QuoteSink } from '../../meaning.ts';
import type { WireConversation, WireEvent, WireMessage } from '../../wire-protocol.ts';
import { withoutKey } from '../api-key.ts';
import type { KnownInstruments } from '../known-instruments.ts';
import { namesOf, openalgoId } from '../symbols.ts';
import { createTickReader } from './read-tick.ts';

/** What is asked for: `Depth` has bid and ask, `LTP` the last price and nothing else. */
type Mode = 'LTP' | 'Depth';

/** The best level is all that is taken of a book, and every broker has five. */
const LEVELS = 5;
const NOTHING: readonly WireEvent[] = [];
const ALIVE: readonly WireEvent[] = [{ kind: 'alive' }];

/** Codes after which the connection is of no use: authenticating anew makes OpenAlgo connect to the broker anew. */
const OF_THE_BROKER: ReadonlySet<unknown> = new Set([
  'NOT_AUTHENTICATED',
  'BROKER_ERROR',
  'BROKER_INIT_ERROR',
  'BROKER_CONNECTION_ERROR',
]);

/** What brokers' adapters say where their own connection is not there at the moment; the instrument is none the worse for it. */
const OF_THE_MOMENT = /connect|time(d)? ?out|not running|not initiali[sz]ed|try again/i;

/**
 * Speaks over one connection. OpenAlgo says `success` of a subscription before the broker has it, or where the broker never
 * gives it: so a success counts once a tick came of the same exchange, and until then the instrument is asked for again.
 */
export function createOpenAlgoConversation(apiKey: string, known: KnownInstruments): WireConversation {
  const reader = createTickReader(known);
  const modes = new Map<string, Mode>();
  /** Asked for, and not confirmed. */
  const awaited = new Set<string>();
  /** Of those, what OpenAlgo said `success` of, by exchanges that no tick came of. */
  const accepted = new Map<string, Set<string>>();
  const speaking = new Set<string>();
  let confirmed: string[] = [];
  let isReady = false;

  const clean = (text: unknown) =>
    withoutKey(typeof text === 'string' && text !== '' ? text : 'no reason given', apiKey);

  function confirm(id: string): void {
    if (awaited.delete(id)) confirmed.push(id);
  }

  function given(id: string, exchange: string): void {
    if (awaited.size === 0) return;
    confirm(id);
    if (speaking.has(exchange) || !modes.has(id)) return;
    speaking.add(exchange);
    for (const each of accepted.get(exchange) ?? []) confirm(each);
    accepted.delete(exchange);
  }

  function takeConfirmed(): readonly WireEvent[] {
    if (confirmed.length === 0) return NOTHING;
    const ids = confirmed;
    confirmed = [];
    return [{ kind: 'subscribed', ids }];
  }

  function authenticated({ status, message }: Json): readonly WireEvent[] {
    if (status !== 'success') return [{ kind: 'credentials', reason: `OpenAlgo: ${clean(message)}` }];
    isReady = true;
    return [{ kind: 'ready' }];
  }

  /** An answer says of each symbol whether it was subscribed; those that it leaves out are asked for again. */
  function subscribed({ subscriptions }: Json): readonly WireEvent[] {
    const refused: string[] = [];
    let reason = '';
    for (const each of Array.isArray(subscriptions) ? subscriptions : []) {
      if (!isObject(each) || typeof each.symbol !== 'string' || typeof each.exchange !== 'string') continue;
      const id = openalgoId(each.exchange, each.symbol);
      if (!awaited.has(id)) continue;
      if (each.status === 'success') accept(id, each.exchange);
      else if (!OF_THE_MOMENT.test(String(each.message))) {
        awaited.delete(id);
        refused.push(id);
        reason ||= `OpenAlgo: ${clean(each.message)}`;
      }
    }
    const events = takeConfirmed();
    return refused.length === 0 ? events : [...events, { kind: 'refused', ids: refused, reason }];
  }

  function accept(id: string, exchange: string): void {
    if (speaking.has(exchange)) {
      confirm(id);
      return;
    }
    const group = accepted.get(exchange) ?? new Set();
    accepted.set(exchange, group.add(id));
  }

  /** Errors have no type. */
  function refusal({ code, message }: Json, sink: QuoteSink): readonly WireEvent[] {
    const reason = `OpenAlgo: ${typeof code === 'string' ? `${clean(code)}: ` : ''}${clean(message)}`;
    if (code === 'AUTHENTICATION_ERROR') return [{ kind: 'credentials', reason }];
    if (!isReady || OF_THE_BROKER.has(code)) return [{ kind: 'failed', reason }];
    sink.rejected('bad_value', reason);
    return ALIVE;
  }

  function receive(message: WireMessage, sink: QuoteSink): readonly WireEvent[] {
    let said: unknown = null;
    try {
      if (typeof message === 'string') said = JSON.parse(message);
    } catch {
      // Said below.
    }
    if (!isObject(said)) {
      sink.rejected('bad_value', `OpenAlgo: a message of ${message.length} bytes that is not a JSON object`);
      return NOTHING;
    }
    switch (said.type) {
      case 'market_data':
        reader.read(said, sink, given);
        return takeConfirmed();
      case 'auth':
        return authenticated(said);
      case 'subscribe':
        return subscribed(said);
      case undefined:
        return said.status === 'error' ? refusal(said, sink) : ALIVE;
      default:
        return ALIVE;
    }
  }

  return {
    opened: () => ({ send: [JSON.stringify({ action: 'authenticate', api_key: apiKey })], ready: false }),
    subscribe(ids) {
      const byMode = new Map<Mode, string[]>();
      for (const given of ids) {
        const id = String(given);
        const kind = known.get(id)?.listed.kind ?? 'option';
        const mode = kind === 'option' ? 'Depth' : 'LTP';
        modes.set(id, mode);
        awaited.add(id);
        const group = byMode.get(mode);
        if (group) group.push(id);
        else byMode.set(mode, [id]);
      }
      return [...byMode].map(([mode, group]) =>
        JSON.stringify({
          ...{ action: 'subscribe', symbols: group.map(namesOf), mode },
          ...(mode === 'Depth' && { depth: LEVELS }),
        }),
      );
    },
    unsubscribe(ids) {
      const symbols = ids.map((id) => ({ ...namesOf(id), mode: modes.get(String(id)) ?? 'Depth' }));
      for (const id of ids) forget(String(id));
      return [JSON.stringify({ action: 'unsubscribe', symbols })];
    },
    receive,
  };

  function forget(id: string): void {
    modes.delete(id);
    awaited.delete(id);
    accepted.get(namesOf(id).exchange)?.delete(id);
  }
}
