import type { EncodedEvent } from './fan-out.ts';

/**
 * What one flush of a channel sends, ready for every member: WebSocket text frames back to back. Frames of a
 * server are not masked (RFC 6455, 5.1), so they are the same for all.
 */
export interface Frame {
  readonly events: readonly EncodedEvent[];
  readonly bytes: Buffer;
}

const FIN_TEXT = 0x81;
const ENGINE_MESSAGE = '4';

export function encodeFrame(events: readonly EncodedEvent[]): Frame {
  const texts = events.map((event) => ENGINE_MESSAGE + packetOf(event));
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + headerLength(length) + length, 0));
  let at = 0;
  for (const [i, text] of texts.entries()) {
    at = writeHeader(bytes, at, lengths[i]);
    at += bytes.write(text, at);
  }
  return { events, bytes };
}

/** The Socket.IO packet of an event in the default namespace, as engine.io takes it. */
export function packetOf({ event, json }: EncodedEvent): string {
  return `2[${JSON.stringify(event)},${json}]`;
}

const headerLength = (length: number): number => (length < 126 ? 2 : length < 65_536 ? 4 : 10);

function writeHeader(target: Buffer, at: number, length: number): number {
  target[at] = FIN_TEXT;
  if (length < 126) {
    target[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    target[at + 1] = 126;
    return target.writeUInt16BE(length, at + 2);
  }
  target[at + 1] = 127;
  return target.writeBigUInt64BE(BigInt(length), at + 2);
}
