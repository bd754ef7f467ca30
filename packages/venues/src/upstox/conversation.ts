import type { InstrumentId } from '../instrument.ts';
import type { QuoteSink, TradingState } from '../meaning.ts';
import type { WireConversation, WireEvent, WireMessage } from '../wire-protocol.ts';
import { createFeedDecoder } from './feed/decode-feed.ts';
import { MARKET_STATUS, type Mode } from './feed/feed-fields.ts';
import type { KnownInstruments } from './known-instruments.ts';

const NOTHING: readonly WireEvent[] = [];
const ALIVE: readonly WireEvent[] = [{ kind: 'alive' }];

/** Quotes count in continuous trading alone. A status that is not among them says nothing of it. */
const STATES: ReadonlyMap<number, TradingState> = new Map<number, TradingState>([
  [MARKET_STATUS.PRE_OPEN_START, 'closed'],
  [MARKET_STATUS.PRE_OPEN_END, 'closed'],
  [MARKET_STATUS.NORMAL_OPEN, 'open'],
  [MARKET_STATUS.NORMAL_CLOSE, 'closed'],
  [MARKET_STATUS.CLOSING_START, 'closed'],
  [MARKET_STATUS.CLOSING_END, 'closed'],
]);

/** The venue's words go into the log: no more of them. */
const LONGEST_REASON = 200;
/** Requests whose refusal may still come; the session sends a few each second. */
const MOST_REQUESTS = 64;

/**
 * Speaks over one connection. A subscription is not confirmed by the venue: the first feed of an instrument does that.
 *
 * @param optionMode mode for options; underlyings and futures are in `ltpc` beside `option_greeks`
 */
export function createUpstoxConversation(
  known: KnownInstruments,
  optionMode: Exclude<Mode, 'ltpc'>,
): WireConversation {
  const decoder = createFeedDecoder(known.lots);
  const subscribed = new Set<string>();
  /** Asked for, and nothing was received of them yet. */
  const awaited = new Set<string>();
  /** Subscribed after their segment's status was said. */
  const uninformed = new Set<string>();
  const segments = new Map<string, { state: TradingState; at: number }>();
  const requests = new Map<string, readonly InstrumentId[]>();
  let count = 0;
  let given: string[] = [];

  function request(method: 'sub' | 'unsub', keys: readonly InstrumentId[], mode?: Mode): WireMessage {
    const guid = `deltastream-${++count}`;
    if (method === 'sub') {
      requests.set(guid, keys);
      const [oldest] = requests.keys();
      if (requests.size > MOST_REQUESTS) requests.delete(oldest);
    }
    return Buffer.from(
      JSON.stringify({ guid, method, data: { ...(mode && { mode }), instrumentKeys: keys } }),
    );
  }

  function inform(sink: QuoteSink): void {
    for (const key of uninformed) {
      const status = segments.get(segmentOf(key));
      if (status) sink.state(key, status.state, status.at);
    }
    uninformed.clear();
  }

  const handlers = {
    given: (key: string) => {
      if (awaited.size > 0 && awaited.delete(key)) given.push(key);
    },
  };

  return {
    opened: () => ({ send: [], ready: true }),
    subscribe(ids) {
      const byMode = new Map<Mode, InstrumentId[]>();
      for (const id of ids) {
        const key = String(id);
        const mode = optionMode === 'full' || known.options.has(key) ? optionMode : 'ltpc';
        const group = byMode.get(mode);
        if (group) group.push(key);
        else byMode.set(mode, [key]);
        subscribed.add(key);
        awaited.add(key);
        uninformed.add(key);
      }
      return [...byMode].map(([mode, keys]) => request('sub', keys, mode));
    },
    unsubscribe(ids) {
      for (const id of ids) {
        const key = String(id);
        subscribed.delete(key);
        awaited.delete(key);
        uninformed.delete(key);
      }
      return [request('unsub', ids)];
    },
    receive(message, sink) {
      if (typeof message === 'string') return receiveText(message, sink);
      decoder.decode(message, sink, {
        given: handlers.given,
        segment(segment, status, at) {
          const state = STATES.get(status);
          if (state === undefined) return;
          segments.set(segment, { state, at });
          for (const key of subscribed) if (segmentOf(key) === segment) sink.state(key, state, at);
        },
      });
      if (uninformed.size > 0 && segments.size > 0) inform(sink);
      if (given.length === 0) return NOTHING;
      const ids = given;
      given = [];
      return [{ kind: 'subscribed', ids }];
    },
  };

  /** The venue writes what it refuses as text. */
  function receiveText(text: string, sink: QuoteSink): readonly WireEvent[] {
    let answer: { status?: unknown; error?: unknown; message?: unknown; guid?: unknown } | null;
    try {
      answer = JSON.parse(text);
    } catch {
      answer = null;
    }
    if (typeof answer !== 'object' || answer === null) {
      sink.rejected('bad_value', 'Upstox: a text message that is not a JSON object');
      return NOTHING;
    }
    if (answer.status === undefined && answer.error === undefined) return ALIVE;
    if (answer.status === 'success') return ALIVE;
    const said = answer.error ?? answer.message ?? answer.status;
    const reason = (typeof said === 'string' ? said : JSON.stringify(said)).slice(0, LONGEST_REASON);
    const ids = typeof answer.guid === 'string' ? requests.get(answer.guid) : undefined;
    if (ids === undefined) {
      sink.rejected('bad_value', `Upstox: a request was refused: ${reason}`);
      return NOTHING;
    }
    for (const id of ids) awaited.delete(String(id));
    return [{ kind: 'refused', ids, reason }];
  }
}

/** `NSE_FO` of `NSE_FO|61093`. */
const segmentOf = (key: string): string => key.slice(0, Math.max(0, key.indexOf('|')));
