import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Server } from 'socket.io';
import { type Socket as Client, io as connectClient, type ManagerOptions } from 'socket.io-client';
import type { ClientSocket } from '../clients/client-session.ts';
import { boundedWebSockets } from '../connections/bounded-web-sockets.ts';
import { createSlowConsumers, type SlowConsumerBounds } from '../connections/slow-consumers.ts';
import { SOCKET_GATEWAY_DEFAULTS } from '../settings.ts';
import { createFanOut } from './create-fan-out.ts';
import type { Channel, EncodedEvent, FanOutSettings } from './fan-out.ts';

export interface Joined {
  readonly client: Client;
  /** The server's side of it. */
  readonly member: ClientSocket;
}

/** A fan-out on a real Socket.IO server with real clients; `close` after the test. */
export async function openFanOut(settings: Partial<SlowConsumerBounds & FanOutSettings> = {}) {
  const http = createServer();
  const wsEngine = boundedWebSockets(SOCKET_GATEWAY_DEFAULTS, { networkOf: () => '', onFlood: () => {} });
  const io = new Server(http, { transports: ['websocket', 'polling'], serveClient: false, wsEngine });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  /** Why connections were cut. */
  const cuts: string[] = [];
  const slowConsumers = createSlowConsumers(
    { ...SOCKET_GATEWAY_DEFAULTS, ...settings },
    { onDelivery: () => {}, onCut: (_connection, reason) => cuts.push(reason) },
  );
  io.engine.on('connection', slowConsumers.watch);
  const fanOut = createFanOut(slowConsumers, settings);
  const clients: Client[] = [];

  function connect(options: Partial<ManagerOptions>): Client {
    const client = connectClient(url, {
      transports: ['websocket'],
      forceNew: true,
      reconnection: false,
      ...options,
    });
    clients.push(client);
    return client;
  }

  async function join(
    options: Partial<ManagerOptions> = {},
    channels: readonly Channel[] = [],
  ): Promise<Joined> {
    const client = connect(options);
    await once(client as never, 'connect');
    const member = io.sockets.sockets.get(client.id as string) as unknown as ClientSocket;
    for (const channel of channels) fanOut.join(member, channel);
    return { client, member };
  }

  async function close(): Promise<void> {
    fanOut.stop();
    slowConsumers.stop();
    for (const client of clients) client.close();
    await io.close();
  }

  return { io, fanOut, cuts, connect, join, close };
}

export interface TestChannel extends Channel {
  /** Something new to send; the test calls `due`. */
  push(value: unknown): void;
  readonly takes: number;
}

/** Sends every value pushed since the last flush; its full state is the last value, as `<name>:resync`. */
export function testChannel(name: string, intervalMs = 0, onTake: () => void = () => {}): TestChannel {
  let values: unknown[] = [];
  let last: unknown = null;
  let takes = 0;
  const encode = (event: string, value: unknown): EncodedEvent => ({ event, json: JSON.stringify(value) });
  return {
    name,
    intervalMs,
    get takes() {
      return takes;
    },
    push(value) {
      values.push(value);
      last = value;
    },
    take() {
      takes += 1;
      onTake();
      const taken = values.map((value) => encode(name, value));
      values = [];
      return taken;
    },
    resyncEvents: () => [encode(`${name}:resync`, last)],
  };
}

/** Everything a client receives from now on, as [event, value]. */
export function receiveAll(client: Client): [string, unknown][] {
  const received: [string, unknown][] = [];
  client.onAny((event: string, value: unknown) => received.push([event, value]));
  return received;
}

/** The Node stream below the WebSocket of a member. */
export function networkOf({ conn }: ClientSocket): {
  _write(...given: unknown[]): void;
  _writev(...given: unknown[]): void;
  readonly writableLength: number;
} {
  return (conn.transport as unknown as { socket: { _socket: never } }).socket._socket;
}

/** The WebSocket of a client, to pause and resume its reading. */
export const webSocketOf = (client: Client): { pause(): void; resume(): void } =>
  (client.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws;

/** A full collection, in a process that was not started with --expose-gc. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}
