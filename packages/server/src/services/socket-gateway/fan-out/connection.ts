import type { Writable } from 'node:stream';

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

/** A connection of engine.io as the fan-out uses it: what `write` takes leaves in the order of the calls. */
export interface EngineConnection {
  write(packet: string, options: { readonly compress: boolean }): unknown;
}

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
