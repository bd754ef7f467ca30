import type { InstrumentId } from '../../instrument.ts';
import type { WireConversation, WireEvent, WireMessage } from '../../wire-protocol.ts';
import { dhanSecurity } from '../instrument-id.ts';
import { createPacketDecoder } from './decode-packets.ts';
import type { KnownInstrument } from './known-instruments.ts';
import { DISCONNECT_REASONS } from './packet-layout.ts';

/** What is asked for in a request; one more than a subscription is its end. */
export const REQUEST = { ticker: 15, quote: 17, full: 21, disconnect: 12 } as const;

const TOO_MANY_SOCKETS = 805;
/** Another process has the sockets. Each try ends one of its, so that they are few. */
const AFTER_TOO_MANY_MS = 60_000;

const NOTHING: readonly WireEvent[] = [];
const ALIVE: readonly WireEvent[] = [{ kind: 'alive' }];

/**
 * Speaks over one connection. The address holds the login. A subscription is not confirmed by the venue: the first packet of an
 * instrument, which is that of the previous day, does that.
 */
export function createDhanConversation(known: ReadonlyMap<number, KnownInstrument>): WireConversation {
  const decoder = createPacketDecoder(known);
  /** Asked for, and nothing was received of them yet. */
  const awaited = new Set<number>();
  let given: number[] = [];
  let reason: number | null = null;
  const handlers = {
    given: (id: number) => {
      if (awaited.size > 0 && awaited.delete(id)) given.push(id);
    },
    disconnected: (code: number) => {
      reason = code;
    },
  };

  /** Prices are all that counts of an underlying. */
  function messages(ids: readonly InstrumentId[], added: 0 | 1): WireMessage[] {
    const byCode = Map.groupBy(ids.map(Number), (id) =>
      (known.get(id)?.kind ?? 'option') === 'underlying' ? REQUEST.ticker : REQUEST.full,
    );
    return [...byCode].map(([code, group]) =>
      JSON.stringify({
        RequestCode: code + added,
        InstrumentCount: group.length,
        InstrumentList: group.map((id) => {
          const { segment, security } = dhanSecurity(id);
          return { ExchangeSegment: segment, SecurityId: String(security) };
        }),
      }),
    );
  }

  return {
    opened: () => ({ send: [], ready: true }),
    subscribe(ids) {
      for (const id of ids) awaited.add(Number(id));
      return messages(ids, 0);
    },
    unsubscribe(ids) {
      for (const id of ids) awaited.delete(Number(id));
      return messages(ids, 1);
    },
    receive(message, sink) {
      if (typeof message === 'string') {
        sink.rejected('bad_value', 'Dhan: a text message, expected packets');
        return NOTHING;
      }
      decoder.decode(message, sink, handlers);
      const events: WireEvent[] = [];
      if (given.length > 0) {
        events.push({ kind: 'subscribed', ids: given });
        given = [];
      }
      if (reason !== null) events.push(disconnection(reason));
      reason = null;
      return events.length > 0 ? events : message.byteLength > 0 ? ALIVE : NOTHING;
    },
  };
}

function disconnection(code: number): WireEvent {
  const said = DISCONNECT_REASONS.get(code);
  const reason = `Dhan ended the connection with ${code}${said ? `: ${said}` : ''}`;
  if (code === TOO_MANY_SOCKETS) return { kind: 'failed', reason, retryAfterMs: AFTER_TOO_MANY_MS };
  return said ? { kind: 'credentials', reason } : { kind: 'failed', reason };
}
