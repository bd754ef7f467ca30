import type { InstrumentId } from '../instrument.ts';
import type { QuoteSink } from '../meaning.ts';
import type {
  WireConversation,
  WireEvent,
  WireLimits,
  WireMessage,
  WireProtocol,
  WireTimes,
} from '../wire-protocol.ts';
import { accessTokenNow, type KiteCredentials } from './credentials.ts';
import { createFrameDecoder } from './decode-frame.ts';

/** What Kite allows one API key. Messages a second are not stated: these subscribe 3,000 tokens within 3 s. */
export const KITE_LIMITS: WireLimits = {
  connections: 3,
  instrumentsPerConnection: 3000,
  instrumentsPerMessage: 200,
  messagesPerSecond: 10,
  burst: 10,
  // 3,000 packets in full mode are 558,002 bytes.
  maxMessageBytes: 1024 ** 2,
};

/**
 * Heartbeats come each second or so, and Kite's own client gives a connection up after 5 s without a frame. With an access
 * token that ended it stays open, with heartbeats and without quotes: that is the stall.
 */
export const KITE_TIMES: WireTimes = {
  silenceMs: 5_000,
  stallMs: 20_000,
  pingMs: 0,
  connectMs: 10_000,
  firstRetryMs: 1_000,
  lastRetryMs: 60_000,
};

const MODE = 'full';
const ALIVE: readonly WireEvent[] = [{ kind: 'alive' }];
const NOTHING: readonly WireEvent[] = [];
/** What Kite writes of keys; `token` alone may be that of an instrument. */
const OF_CREDENTIALS = /access[ _]?token|api[ _]?key|TokenException|session/i;

/** Enough for what Kite says, which is a sentence; it goes into a log line. */
const LONGEST_REASON_LENGTH = 200;

export interface KiteWireOptions extends KiteCredentials {
  readonly socketUrl: string;
  readonly limits: WireLimits;
  readonly times: WireTimes;
}

/** @param lots units per contract by token, as the newest list of instruments says */
export function createKiteWire(options: KiteWireOptions, lots: ReadonlyMap<number, number>): WireProtocol {
  return {
    limits: options.limits,
    times: options.times,
    async address() {
      const url = new URL(options.socketUrl);
      url.searchParams.set('api_key', options.apiKey);
      url.searchParams.set('access_token', await accessTokenNow(options));
      return { url: url.href, headers: { 'X-Kite-Version': '3' } };
    },
    converse: () => createConversation(lots),
  };
}

/**
 * Kite confirms no subscription: a token counts as subscribed with its first packet in full mode, so that a batch that was
 * dropped, or a mode that was, is asked for again.
 */
function createConversation(lots: ReadonlyMap<number, number>): WireConversation {
  const decoder = createFrameDecoder(lots);
  const asked = new Set<InstrumentId>();
  let confirmed: InstrumentId[] = [];
  const given = (token: number) => {
    if (asked.delete(token)) confirmed.push(token);
  };

  return {
    opened: () => ({ send: [], ready: true }),
    subscribe(ids) {
      for (const id of ids) asked.add(id);
      return [JSON.stringify({ a: 'subscribe', v: ids }), JSON.stringify({ a: 'mode', v: [MODE, ids] })];
    },
    unsubscribe(ids) {
      for (const id of ids) asked.delete(id);
      return [JSON.stringify({ a: 'unsubscribe', v: ids })];
    },
    receive(message: WireMessage, sink: QuoteSink) {
      if (typeof message === 'string') return readText(message, sink);
      if (message.byteLength <= 1) return ALIVE;
      decoder.decode(message, sink, asked.size > 0 ? given : undefined);
      if (confirmed.length === 0) return NOTHING;
      const ids = confirmed;
      confirmed = [];
      return [{ kind: 'subscribed', ids }];
    },
  };
}

/** `{"type":"order"|"error"|"message","data":...}`; orders of the account and messages to its user are none of our business. */
function readText(text: string, sink: QuoteSink): readonly WireEvent[] {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    sink.rejected('bad_value', `Kite: a text message of ${text.length} characters is not JSON`);
    return ALIVE;
  }
  const { type, data } = (message ?? {}) as { type?: unknown; data?: unknown };
  if (type !== 'error') return ALIVE;
  const reason = `Kite: ${typeof data === 'string' ? data.slice(0, LONGEST_REASON_LENGTH) : 'an error without words'}`;
  if (OF_CREDENTIALS.test(reason)) return [{ kind: 'credentials', reason }];
  sink.rejected('bad_value', reason);
  return ALIVE;
}
