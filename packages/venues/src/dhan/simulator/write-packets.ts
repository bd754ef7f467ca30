import type { InstrumentQuote } from '../../meaning.ts';
import {
  CODE,
  DEPTH_AT,
  FULL_OPEN_INTEREST_AT,
  HEADER_BYTES,
  LAST_PRICE_AT,
  LAST_TIME_AT,
  LENGTH_AT,
  LEVEL,
  OPEN_INTEREST_AT,
  PACKET_BYTES,
  PREVIOUS_CLOSE_AT,
  REASON_AT,
  SECURITY_AT,
  SEGMENT_AT,
  TICKER_TIME_AT,
  VOLUME_AT,
} from '../feed/packet-layout.ts';
import { dhanSecurity, SEGMENTS } from '../instrument-id.ts';

/** Packets of an instrument as the venue writes them: prices as floats of 32 bits, amounts in units, none as 0. */
export function tickerPacket(quote: InstrumentQuote): Buffer {
  const packet = packetOf(CODE.ticker, Number(quote.id));
  price(packet, LAST_PRICE_AT, quote.last);
  amount(packet, TICKER_TIME_AT, Math.floor(quote.at / 1000));
  return packet;
}

/** With the packet of its open interest, which comes beside it. */
export function quotePackets(quote: InstrumentQuote, lot: number): readonly Buffer[] {
  const packet = packetOf(CODE.quote, Number(quote.id));
  price(packet, LAST_PRICE_AT, quote.last);
  amount(packet, LAST_TIME_AT, Math.floor(quote.at / 1000));
  amount(packet, VOLUME_AT, quote.volume * lot);
  const interest = packetOf(CODE.openInterest, Number(quote.id));
  amount(interest, OPEN_INTEREST_AT, quote.openInterest * lot);
  return [packet, interest];
}

export function fullPacket(quote: InstrumentQuote, lot: number): Buffer {
  const packet = packetOf(CODE.full, Number(quote.id));
  price(packet, LAST_PRICE_AT, quote.last);
  amount(packet, LAST_TIME_AT, Math.floor(quote.at / 1000));
  amount(packet, VOLUME_AT, quote.volume * lot);
  amount(packet, FULL_OPEN_INTEREST_AT, quote.openInterest * lot);
  price(packet, DEPTH_AT + LEVEL.bid, quote.bid);
  amount(packet, DEPTH_AT + LEVEL.bidQuantity, quote.bidSize * lot);
  price(packet, DEPTH_AT + LEVEL.ask, quote.ask);
  amount(packet, DEPTH_AT + LEVEL.askQuantity, quote.askSize * lot);
  return packet;
}

export function previousDayPacket(quote: InstrumentQuote): Buffer {
  const packet = packetOf(CODE.previousDay, Number(quote.id));
  price(packet, PREVIOUS_CLOSE_AT, quote.previousClose);
  return packet;
}

/** Says the reason, 805 to 809, before the connection is ended. */
export function disconnectPacket(reason: number): Buffer {
  const packet = header(CODE.disconnect, 0, 0);
  packet.writeUInt16LE(reason, REASON_AT);
  return packet;
}

function packetOf(code: number, id: number): Buffer {
  const { segment, security } = dhanSecurity(id);
  return header(code, SEGMENTS[segment], security);
}

function header(code: number, segment: number, security: number): Buffer {
  const packet = Buffer.alloc(PACKET_BYTES.get(code) ?? HEADER_BYTES);
  packet.writeUInt8(code);
  packet.writeUInt16LE(packet.length, LENGTH_AT);
  packet.writeUInt8(segment, SEGMENT_AT);
  packet.writeUInt32LE(security, SECURITY_AT);
  return packet;
}

function price(packet: Buffer, at: number, value: number): void {
  if (!Number.isNaN(value)) packet.writeFloatLE(value, at);
}

function amount(packet: Buffer, at: number, value: number): void {
  if (!Number.isNaN(value)) packet.writeUInt32LE(Math.round(value), at);
}
