import type { Writable } from 'node:stream';
import type { EncodedEvent, EngineConnection } from './fan-out.ts';

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

/**
 * The one place that looks inside engine.io and ws. Everything is checked before it is used, so another
 * version of either makes the fan-out slower (packets of engine.io for everyone), never wrong; a test fails
 * when that happens unnoticed.
 */
export interface Connection {
  readonly engine: Inside;
  /** The transport that `webSocket` and `network` belong to; another one after an upgrade. */
  transport: Transport | null;
  webSocket: WebSocketState | null;
  /** Null where nothing can be written around engine.io: polling, compression, an unknown shape. */
  network: Network | null;
}

/** The TCP or TLS connection below a WebSocket. */
export type Network = Pick<Writable, 'write' | 'cork' | 'uncork' | 'writableLength' | 'destroyed'>;

/** What is read of one besides. */
interface Inside {
  readonly readyState?: unknown;
  /** Packets that wait until the transport is writable. */
  readonly writeBuffer?: unknown;
  readonly transport?: Transport;
}

interface Transport {
  readonly name?: unknown;
  readonly socket?: WebSocketState;
}

interface WebSocketState {
  readonly readyState?: unknown;
  readonly _socket?: Partial<Network>;
  readonly _sender?: {
    /** 0 unless a message is being compressed or read from a blob; later ones queue behind it. */
    readonly _state?: unknown;
    readonly _queue?: { readonly length?: unknown };
    readonly _extensions?: object;
    /** False in the middle of a fragmented message. */
    readonly _firstFragment?: unknown;
  };
}

const OPEN = 1;

export function connectionOf(engine: EngineConnection): Connection {
  return { engine: engine as unknown as Inside, transport: null, webSocket: null, network: null };
}

/**
 * Where to write to the connection, when whatever was emitted to it before has been written there and what is
 * written now therefore comes after: its transport is an open WebSocket that compresses nothing (ws then queues
 * nothing), and no packet waits in engine.io. Null otherwise; then `conn.write` keeps the order.
 */
export function directWay(connection: Connection): Network | null {
  const { engine } = connection;
  if (engine.transport !== connection.transport) learn(connection);
  if (connection.network === null || connection.webSocket?.readyState !== OPEN) return null;
  const { writeBuffer } = engine;
  if (engine.readyState !== 'open' || !Array.isArray(writeBuffer) || writeBuffer.length > 0) return null;
  return connection.network;
}

/** Bytes that wait in this process: those the kernel has not taken, and packets in engine.io. */
export function waitingBytes(connection: Connection): number {
  const { engine } = connection;
  if (engine.transport !== connection.transport) learn(connection);
  const bytes = connection.network === null ? 0 : connection.network.writableLength;
  const { writeBuffer } = engine;
  return Array.isArray(writeBuffer) && writeBuffer.length > 0 ? bytes + lengthOf(writeBuffer) : bytes;
}

function lengthOf(packets: readonly { readonly data?: unknown }[]): number {
  return packets.reduce((sum, { data }) => sum + (typeof data === 'string' ? data.length : 0), 0);
}

/** Looks at a transport once; what is found holds as long as the connection has it. */
function learn(connection: Connection): void {
  const transport = connection.engine.transport ?? null;
  connection.transport = transport;
  connection.webSocket = null;
  connection.network = null;
  if (transport?.name !== 'websocket' || !sendsAtOnce(transport.socket)) return;
  const network = transport.socket?._socket;
  if (!isNetwork(network)) return;
  connection.webSocket = transport.socket ?? null;
  connection.network = network;
}

function sendsAtOnce(webSocket: WebSocketState | undefined): boolean {
  const sender = webSocket?._sender;
  return (
    sender?._state === 0 &&
    sender._queue?.length === 0 &&
    sender._firstFragment === true &&
    sender._extensions !== undefined &&
    Object.keys(sender._extensions).length === 0
  );
}

function isNetwork(network: Partial<Network> | undefined): network is Network {
  return (
    typeof network?.write === 'function' &&
    typeof network.cork === 'function' &&
    typeof network.uncork === 'function' &&
    typeof network.writableLength === 'number'
  );
}
