import type { InstrumentId } from '../../instrument.ts';
import type { InstrumentQuote } from '../../meaning.ts';
import type { SimulatedConversation, SimulatedPeer } from '../../simulators/index.ts';
import type { WireMessage } from '../../wire-protocol.ts';
import { MARKET_STATUS, type Mode } from '../feed/feed-fields.ts';
import { INSTRUMENT_LIMITS } from '../limits.ts';
import { feedMessage, marketInfoMessage, type WrittenFeed } from './write-feed.ts';

/** Feeds in one message; the client has to take any number. */
const FEEDS_PER_MESSAGE = 100;

const SEGMENTS = ['NSE_EQ', 'NSE_FO', 'NSE_INDEX', 'BSE_EQ', 'BSE_FO', 'BSE_INDEX'];
const FIGURES = [
  'bid',
  'ask',
  'last',
  'bidSize',
  'askSize',
  'volume',
  'openInterest',
  'previousClose',
] as const;

interface Request {
  readonly guid?: unknown;
  readonly method?: unknown;
  readonly data?: { readonly mode?: unknown; readonly instrumentKeys?: unknown };
}

/**
 * Speaks as Upstox over one socket: the status of segments, a snapshot of what is subscribed, then what changed. A request
 * comes in a binary frame; as text it is not heard. One that exceeds a limit, or is not understood, is refused in text.
 */
export function createSimulatedConversation(peer: SimulatedPeer, closed: () => void): SimulatedConversation {
  const modes = new Map<InstrumentId, Mode>();
  const sent = new Map<InstrumentId, InstrumentQuote>();

  function refuse({ guid, method }: Request, error: string): void {
    peer.send(JSON.stringify({ guid, method, status: 'failed', error }));
  }

  function receive(message: WireMessage): void {
    if (typeof message === 'string') return;
    let request: Request;
    try {
      request = JSON.parse(Buffer.from(message).toString('utf8')) as Request;
    } catch {
      return void refuse({}, 'Invalid request: not JSON');
    }
    const { method, data } = request;
    const keys = data?.instrumentKeys;
    if (!Array.isArray(keys) || !keys.every((key) => typeof key === 'string')) {
      return void refuse(request, 'Invalid request: data.instrumentKeys is not a list of keys');
    }
    if (method === 'unsub') {
      peer.unsubscribe(keys);
      for (const key of keys) {
        modes.delete(key);
        sent.delete(key);
      }
      return;
    }
    const mode = modeOf(data?.mode);
    if (mode === null || (method !== 'sub' && method !== 'change_mode')) {
      return void refuse(request, `Invalid request: method ${String(method)}, mode ${String(data?.mode)}`);
    }
    // What it does not list is not subscribed, and nobody says so.
    const listed = keys.filter((key) => peer.market.quoteOf(key) !== null);
    const exceeded = exceededLimit(modes, listed, mode);
    if (exceeded !== null) return void refuse(request, exceeded);
    if (!peer.subscribe(listed)) return void refuse(request, 'Subscription limit exceeded');
    for (const key of listed) {
      modes.set(key, mode);
      sent.delete(key);
    }
    peer.push(listed);
  }

  function* messages(
    quotes: readonly InstrumentQuote[],
    type: 'initial_feed' | 'live_feed',
    terms: ReadonlyMap<InstrumentId, Omit<WrittenFeed, 'mode' | 'before'>>,
  ): Generator<WireMessage> {
    for (let i = 0; i < quotes.length; i += FEEDS_PER_MESSAGE) {
      const some = quotes.slice(i, i + FEEDS_PER_MESSAGE);
      const feeds = some.map((quote): readonly [InstrumentQuote, WrittenFeed] => {
        const { kind = 'option', lot = 1 } = terms.get(quote.id) ?? {};
        const mode = modes.get(quote.id) ?? (kind === 'option' ? 'option_greeks' : 'ltpc');
        const before = type === 'initial_feed' ? null : (sent.get(quote.id) ?? null);
        return [quote, { kind, lot, mode, before }];
      });
      yield feedMessage(feeds, type, Math.max(...some.map(({ at }) => at)));
      for (const quote of some) sent.set(quote.id, { ...quote });
    }
  }

  return {
    opened() {
      const status = Object.fromEntries(SEGMENTS.map((segment) => [segment, MARKET_STATUS.NORMAL_OPEN]));
      return [marketInfoMessage(status, Date.now())];
    },
    receive,
    quotes(quotes, reason) {
      const terms = new Map<InstrumentId, Omit<WrittenFeed, 'mode' | 'before'>>();
      for (const instrument of peer.market.list.instruments) {
        const { id, kind } = instrument;
        terms.set(id, { kind, lot: kind === 'option' ? (instrument.lotSize ?? 1) : 1 });
      }
      // An increment cannot say that something ceased to be: that takes a snapshot.
      const news = reason === 'snapshot' ? quotes : quotes.filter(({ id }) => !sent.has(id));
      const rest = reason === 'snapshot' ? [] : quotes.filter(({ id }) => sent.has(id));
      const lost = rest.filter((quote) => hasLost(quote, sent.get(quote.id) as InstrumentQuote));
      const increments = rest.filter((quote) => !lost.includes(quote));
      return [
        ...messages([...news, ...lost], 'initial_feed', terms),
        ...messages(increments, 'live_feed', terms),
      ];
    },
    expired: () => ({ send: [], code: 1008, reason: 'token expired' }),
    closed,
  };
}

const hasLost = (quote: InstrumentQuote, before: InstrumentQuote): boolean =>
  FIGURES.some((name) => before[name] > 0 && !(quote[name] > 0));

const modeOf = (mode: unknown): Mode | null =>
  mode === 'ltpc' || mode === 'option_greeks' || mode === 'full' ? mode : null;

/** Which limit a subscription would exceed, if any: instruments by mode, fewer of each where there are several modes. */
function exceededLimit(
  modes: ReadonlyMap<InstrumentId, Mode>,
  keys: readonly InstrumentId[],
  mode: Mode,
): string | null {
  const after = new Map(modes);
  for (const key of keys) after.set(key, mode);
  const counts = new Map<Mode, number>();
  for (const each of after.values()) counts.set(each, (counts.get(each) ?? 0) + 1);
  const limits = INSTRUMENT_LIMITS[counts.size > 1 ? 'mixed' : 'alone'];
  for (const [each, count] of counts) {
    if (count > limits[each])
      return `Subscription limit exceeded: ${count} instruments in ${each}, ${limits[each]} allowed`;
  }
  return null;
}
