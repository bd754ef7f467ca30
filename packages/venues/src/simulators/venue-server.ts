import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { InstrumentId } from '../instrument.ts';
import { cutInHalf, zeroable } from './faults.ts';
import type {
  SimulatedLimits,
  SimulatedRequest,
  SimulatedResponse,
  SimulatedVenue,
} from './simulated-venue.ts';
import type { Fault, SimulatedMarket, Simulator } from './simulator.ts';
import { createSlowWriter } from './slow-writer.ts';
import { createVenueConnection, type VenueConnection } from './venue-connection.ts';

/** A request, or a message of a client: the largest are subscriptions of some thousand names. */
const MOST_REQUEST_BYTES = 1024 * 1024;
/** Sockets at the same time: a client has tens, and files that a process may open are some hundred more. */
const MOST_SOCKETS = 256;

export interface VenueServerOptions {
  readonly market: SimulatedMarket;
  readonly venue: SimulatedVenue;
  /** A free one by default. */
  readonly port?: number;
  /** Changed quotes are sent so often, ms; 0, the default: as soon as they change. */
  readonly cadenceMs?: number;
  /** None by default. */
  readonly limits?: SimulatedLimits;
  /** A client that has not read its quotes for so long is cut, ms; 10 s by default. */
  readonly unreadMs?: number;
}

const UNLIMITED: SimulatedLimits = {
  instrumentsPerMessage: Number.POSITIVE_INFINITY,
  instrumentsPerConnection: Number.POSITIVE_INFINITY,
};

/**
 * Starts a venue's HTTP and WebSocket servers on one port of the loopback interface, and plays the market to whoever
 * subscribes. Faults are done here, below the venue's own bytes, so that all venues have the same. `close` ends
 * everything at once. Rejects when the port is not free.
 */
export async function startVenueServer(options: VenueServerOptions): Promise<Simulator> {
  const { venue, cadenceMs = 0, limits = UNLIMITED, unreadMs = 10_000 } = options;
  let current: Fault | null = null;
  const fault = () => current;
  const market = zeroable(options.market, () => current?.kind === 'zeros');
  const connections = new Set<VenueConnection>();
  const streams = new Set<Duplex>();
  const server = createServer();
  const sockets = new WebSocketServer({ noServer: true, autoPong: false, maxPayload: MOST_REQUEST_BYTES });
  server.maxConnections = MOST_SOCKETS;

  const requestOf = (request: IncomingMessage, body: Uint8Array): SimulatedRequest => ({
    method: request.method ?? 'GET',
    url: new URL(request.url ?? '/', url),
    headers: request.headers,
    body,
    market,
    tokenExpired: current?.kind === 'token_expired',
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (current?.kind === 'silence') return; // The client waits until it or the simulator ends.
    const said =
      body === null
        ? failure(413, `A request has at most ${MOST_REQUEST_BYTES} bytes.`)
        : await respond(requestOf(request, body));
    write(response, said);
  }

  async function respond(request: SimulatedRequest): Promise<SimulatedResponse> {
    try {
      return await venue.respond(request);
    } catch (error) {
      return failure(500, error instanceof Error ? error.message : String(error));
    }
  }

  function write(response: ServerResponse, { status, headers, body = '' }: SimulatedResponse): void {
    const content = Buffer.from(current?.kind === 'half_frames' ? cutInHalf(body) : body);
    response.writeHead(status, { ...headers, 'content-length': content.length });
    if (current?.kind !== 'slow_drip') return void response.end(content);
    response.flushHeaders();
    const slow = createSlowWriter(response);
    response.on('close', slow.stop);
    slow.write(content, current.overMs, () => response.end());
  }

  function upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    stream.on('error', () => stream.destroy());
    if (current?.kind === 'silence') return;
    const said = connect(requestOf(request, new Uint8Array()));
    if (typeof said !== 'function') return void stream.end(rawResponse(said));
    sockets.handleUpgrade(request, stream, head, (socket) => {
      const connection = createVenueConnection({ socket, stream, market, limits, unreadMs, fault });
      connections.add(connection);
      socket.on('close', () => connections.delete(connection));
      connection.begin(said(connection.peer));
    });
  }

  function connect(request: SimulatedRequest): ReturnType<NonNullable<SimulatedVenue['connect']>> {
    try {
      return venue.connect?.(request) ?? failure(404, 'This venue has no WebSocket.');
    } catch (error) {
      return failure(500, error instanceof Error ? error.message : String(error));
    }
  }

  const known = new Set(market.list.instruments.map(({ id }) => id));
  function follow(ids: readonly InstrumentId[]): void {
    const listed = ids.filter((id) => !known.has(id));
    const ended = ids.filter((id) => market.quoteOf(id) === null);
    for (const id of listed) known.add(id);
    for (const id of ended) known.delete(id);
    for (const connection of connections) {
      if (listed.length > 0) connection.listed(listed);
      if (ended.length > 0) connection.ended(ended);
      connection.changed(ids);
      if (cadenceMs === 0) connection.flush();
    }
  }

  server.on('connection', (stream: Duplex) => {
    streams.add(stream);
    stream.on('close', () => streams.delete(stream));
  });
  server.on('request', (request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('upgrade', upgrade);
  server.on('clientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const unfollow = market.follow(follow);
  const cadence =
    cadenceMs > 0
      ? setInterval(() => {
          for (const connection of connections) connection.flush();
        }, cadenceMs)
      : null;
  let cutting: NodeJS.Timeout | null = null;

  function cutAll(): void {
    for (const connection of connections) connection.terminate();
    for (const stream of streams) stream.destroy();
  }

  function setFault(next: Fault | null): void {
    const before = current;
    current = next;
    if (cutting !== null) clearInterval(cutting);
    cutting = next?.kind === 'disconnects' ? setInterval(cutAll, next.everyMs) : null;
    for (const connection of connections) {
      if (next?.kind !== 'late') connection.forgetLate();
      if (next?.kind === 'token_expired') connection.expire();
      else if ((before?.kind === 'zeros') !== (next?.kind === 'zeros')) connection.touch();
    }
  }

  let closing: Promise<void> | null = null;
  return {
    url,
    fault: setFault,
    connections: () => connections.size,
    subscriptions: () => [...connections].map(({ subscriptions }) => new Map(subscriptions)),
    close: () => {
      closing ??= new Promise((resolve) => {
        unfollow();
        if (cadence !== null) clearInterval(cadence);
        if (cutting !== null) clearInterval(cutting);
        server.close(() => resolve());
        cutAll();
      });
      return closing;
    },
  };
}

const failure = (status: number, text: string): SimulatedResponse => ({
  status,
  headers: { 'content-type': 'text/plain' },
  body: text,
});

/** A refused upgrade; Node leaves its socket to us. */
function rawResponse({ status, headers = {}, body = '' }: SimulatedResponse): Buffer {
  const content = Buffer.from(body);
  const fields = { ...headers, connection: 'close', 'content-length': String(content.length) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${lines.join('')}\r\n`;
  return Buffer.concat([Buffer.from(head), content]);
}

/** Null: it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size <= MOST_REQUEST_BYTES) parts.push(part);
  }
  return size > MOST_REQUEST_BYTES ? null : Buffer.concat(parts);
}
