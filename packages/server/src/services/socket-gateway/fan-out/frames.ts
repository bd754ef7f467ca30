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

/** Frames in a row; `bytes` are made when a member needs exactly these. */
interface Row {
  bytes: Buffer | null;
  readonly next: Map<Frame, Row>;
}

export interface JoinedFrames {
  /**
   * One buffer of the frames, made once for all members to whom exactly these are due. Null when there are
   * too many combinations, or too many bytes, for a copy to pay: then a gathered write is cheaper.
   */
  join(frames: readonly Frame[]): Buffer | null;
  /** Forgets all combinations, when none of the frames is sent any more. */
  clear(): void;
}

const MAX_COMBINATIONS = 1_000; // Each is a buffer held until the round ends; beyond it the sharing is rare.
const MAX_JOINED_BYTES = 64 * 1024; // Where a gathered write of the parts costs less than their copy.

export function createJoinedFrames(): JoinedFrames {
  const root = new Map<Frame, Row>();
  let combinations = 0;

  function rowOf(frames: readonly Frame[]): Row | null {
    let next = root;
    let row: Row | null = null;
    for (const frame of frames) {
      row = next.get(frame) ?? null;
      if (!row) {
        if (combinations === MAX_COMBINATIONS) return null;
        combinations += 1;
        row = { bytes: null, next: new Map() };
        next.set(frame, row);
      }
      next = row.next;
    }
    return row;
  }

  return {
    join(frames) {
      if (frames.length === 1) return frames[0].bytes;
      const row = rowOf(frames);
      if (!row) return null;
      if (row.bytes) return row.bytes;
      let length = 0;
      for (const { bytes } of frames) length += bytes.length;
      if (length > MAX_JOINED_BYTES) return null;
      row.bytes = Buffer.allocUnsafe(length);
      let at = 0;
      for (const { bytes } of frames) at += bytes.copy(row.bytes, at);
      return row.bytes;
    },
    clear() {
      root.clear();
      combinations = 0;
    },
  };
}
