import type { InstrumentId } from '../../instrument.ts';
import type { SimulatedConversation, SimulatedPeer } from '../../simulators/index.ts';
import type { WireMessage } from '../../wire-protocol.ts';
import { DHAN_LIMITS } from '../dhan-venue.ts';
import { REQUEST } from '../feed/conversation.ts';
import { dhanId, SEGMENTS, type Segment } from '../instrument-id.ts';
import {
  disconnectPacket,
  fullPacket,
  previousDayPacket,
  quotePackets,
  tickerPacket,
} from './write-packets.ts';

const TOKEN_EXPIRED = 807;
type Mode = 'ticker' | 'quote' | 'full';
const MODES: ReadonlyMap<number, Mode> = new Map([
  [REQUEST.ticker, 'ticker'],
  [REQUEST.quote, 'quote'],
  [REQUEST.full, 'full'],
]);

/**
 * Speaks as Dhan over one socket. A request with more instruments than a message or a connection may have, or one that is not
 * understood, ends the connection with the reason.
 */
export function createSimulatedConversation(
  peer: SimulatedPeer,
  { packetsPerMessage, closed }: { readonly packetsPerMessage: number; readonly closed: () => void },
): SimulatedConversation {
  const modes = new Map<InstrumentId, Mode>();

  function receive(message: WireMessage): void {
    // The official client sends a binary header behind its request to disconnect.
    if (typeof message !== 'string') return;
    const request = JSON.parse(message) as {
      RequestCode?: unknown;
      InstrumentCount?: unknown;
      InstrumentList?: unknown;
    };
    const code = Number(request.RequestCode);
    if (code === REQUEST.disconnect) return void peer.close(1000, '');
    const { InstrumentList: list, InstrumentCount: count } = request;
    if (!Array.isArray(list) || list.length !== count) throw new Error('InstrumentCount is wrong');
    if (list.length > DHAN_LIMITS.instrumentsPerMessage) throw new Error('more than 100 instruments');
    // What it does not list is not subscribed, and nobody says so.
    const ids = list.map(idOf).filter((id) => peer.market.quoteOf(id) !== null);
    const mode = MODES.get(code);
    if (mode !== undefined) return void subscribe(ids, mode);
    if (!MODES.has(code - 1)) throw new Error(`RequestCode ${code}`);
    peer.unsubscribe(ids);
    for (const id of ids) modes.delete(id);
  }

  function subscribe(ids: readonly InstrumentId[], mode: Mode): void {
    const added = ids.filter((id) => !modes.has(id)).length;
    if (modes.size + added > DHAN_LIMITS.instrumentsPerConnection || !peer.subscribe(ids)) {
      throw new Error('more than 5000 instruments');
    }
    const before: Buffer[] = [];
    for (const id of ids) {
      modes.set(id, mode);
      const quote = peer.market.quoteOf(id);
      if (quote) before.push(previousDayPacket(quote));
    }
    for (const each of joined(before)) peer.send(each);
    peer.push(ids);
  }

  function joined(packets: readonly Buffer[]): Buffer[] {
    const messages: Buffer[] = [];
    for (let i = 0; i < packets.length; i += packetsPerMessage) {
      messages.push(Buffer.concat(packets.slice(i, i + packetsPerMessage)));
    }
    return messages;
  }

  return {
    receive,
    quotes(quotes) {
      const lots = new Map<InstrumentId, number>();
      for (const each of peer.market.list.instruments) {
        lots.set(each.id, each.kind === 'option' ? (each.lotSize ?? 1) : 1);
      }
      return joined(
        quotes.flatMap((quote) => {
          const mode = modes.get(quote.id) ?? 'full';
          const lot = lots.get(quote.id) ?? 1;
          if (mode === 'ticker') return [tickerPacket(quote)];
          return mode === 'quote' ? quotePackets(quote, lot) : [fullPacket(quote, lot)];
        }),
      );
    },
    expired: () => ({ send: [disconnectPacket(TOKEN_EXPIRED)], code: 1000, reason: '' }),
    closed,
  };
}

function idOf(instrument: unknown): InstrumentId {
  const { ExchangeSegment: segment, SecurityId: security } = instrument as Record<string, unknown>;
  const number = SEGMENTS[segment as Segment];
  if (number === undefined) throw new Error(`ExchangeSegment ${String(segment)}`);
  return dhanId(number, Number(security));
}
