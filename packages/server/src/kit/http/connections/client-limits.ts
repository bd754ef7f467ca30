import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as NetServer, Socket } from 'node:net';
import { createAddressList, networkOf } from '../../access/addresses.ts';
import type { Logger } from '../../logging/log.ts';
import { createPacedWarning } from '../../logging/paced-warning.ts';
import type { ValuesOf } from '../../settings-fragment.ts';
import type { HTTP } from '../http-settings.ts';
import type { TurnBudget } from '../turn-budget.ts';

export interface ClientLimits
  extends Pick<
    ValuesOf<typeof HTTP.own>,
    'maxConnectionsPerAddress' | 'maxPipelinedRequests' | 'answerTimeoutMs' | 'maxUnreadBytes'
  > {
  readonly trustedProxies: readonly string[];
  readonly logger: Logger;
  /** Of what may wait. */
  readonly turns: TurnBudget;
}

/**
 * Bounds what a client can make this process hold for it: connections, requests sent ahead of their responses, and responses
 * that it does not read. Call when the listener for requests is set, and before the server listens.
 */
export function limitClients(server: Server, limits: ClientLimits): void {
  const warn = createPacedWarning(limits.logger);
  const closed = ({ remoteAddress }: Socket, reason: string) =>
    warn(reason, 'client_not_reading', { reason, remoteAddress });
  limitConnections(server, limits.maxConnectionsPerAddress, ['loopback', ...limits.trustedProxies]);
  limitPipelining(server, limits, (socket) => closed(socket, 'pipelined'));
  closeUnread(server, { timeoutMs: limits.answerTimeoutMs, maxBytes: limits.maxUnreadBytes }, closed);
}

/**
 * Closes connections of an address (of IPv6, a /64) beyond `most` at the same time, so that one caller
 * cannot hold them all. Addresses of `exempt` speak for many callers and are not counted: this machine's
 * own, and trusted proxies.
 */
export function limitConnections(server: NetServer, most: number, exempt: readonly string[]): void {
  const isExempt = createAddressList(exempt);
  const open = new Map<string, number>();
  server.on('connection', (socket) => {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined || isExempt(remoteAddress)) return;
    const network = networkOf(remoteAddress);
    const count = (open.get(network) ?? 0) + 1;
    if (count > most) return void socket.destroy();
    open.set(network, count);
    socket.once('close', () => {
      const left = (open.get(network) ?? 1) - 1;
      if (left === 0) open.delete(network);
      else open.set(network, left);
    });
  });
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Handles the requests of a connection one after the other: one that was sent before the response to the request
 * ahead of it was taken (pipelining, RFC 9112 section 9.3.2) waits for that, so that a client which does not read
 * costs one response and not as many as it can ask for, and within the budget of a turn, so that it does not keep those
 * waiting who ask for one thing at a time. A connection with more than `maxPipelinedRequests` of them is closed.
 * A request that is not pipelined costs one comparison.
 */
function limitPipelining(
  server: Server,
  { maxPipelinedRequests: most, turns }: ClientLimits,
  onClose: (socket: Socket) => void,
): void {
  const [handle] = server.listeners('request') as Handle[];
  const waiting = new WeakMap<Socket, number>();
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    // Node gives a response its socket when it is that response's turn.
    if (response.socket !== null) {
      handle(request, response);
      return;
    }
    const { socket } = request;
    if (socket.destroyed) return;
    const count = (waiting.get(socket) ?? 0) + 1;
    if (count > most) {
      onClose(socket);
      ignoreRequests(socket);
      socket.destroy();
      return;
    }
    waiting.set(socket, count);
    response.once('socket', () => {
      waiting.set(socket, (waiting.get(socket) ?? 1) - 1);
      turns(() => {
        if (!socket.destroyed) handle(request, response);
      });
    });
  });
}

/**
 * Has the requests below a path handled by another protocol, which bounds its clients itself. Call when the listener for
 * requests is set, and before the server listens.
 */
export function divertRequests(server: Server, path: string, handle: Handle): void {
  const others = server.listeners('request') as Handle[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith(path)) handle(request, response);
    else for (const other of others) other.call(server, request, response);
  });
}

/** What Node's HTTP parser calls with each request; the result 0 has the parser go on. */
interface Parser {
  onIncoming?: unknown;
}

/**
 * What the connection sends from now on is not made into requests; for one that is closed for sending too much. A segment
 * holds a thousand requests, and Node would make a response for each, keep both until the connection is closed and then
 * abort each with an error of its own. With another version of Node it does that: slower, not wrong.
 */
export function ignoreRequests(socket: Socket): void {
  const { parser } = socket as { parser?: Parser | null };
  if (typeof parser?.onIncoming === 'function') parser.onIncoming = goOn;
}

const goOn = (): number => 0;

interface UnreadResponseLimits {
  /** A connection that takes less than 32 KiB of a waiting response in this time is closed. */
  readonly timeoutMs: number;
  /** Bytes that may wait on all connections of the server together; beyond it those with most are closed. */
  readonly maxBytes: number;
}

type UnreadReason = 'too_slow' | 'too_many_bytes';

const CHECK_MS = 250; // How late such a client is cut, at most.
/** A client that takes less in `timeoutMs` does not read; one that reads slowly takes more. */
const LEAST_TAKEN_BYTES = 32 * 1024;

/** What Node keeps for itself: whether a response is under way, and what the operating system has not taken yet. */
type HttpSocket = Socket & {
  readonly _httpMessage?: ServerResponse | null;
  readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null;
};

interface Progress {
  /** Bytes the operating system had taken, and when (ms of `performance.now`). */
  readonly taken: number;
  readonly since: number;
}

/**
 * Closes connections whose clients do not read their responses, which would otherwise hold them in memory for as
 * long as the client likes. Connections of other protocols are bounded by those.
 */
function closeUnread(
  server: Server,
  { timeoutMs, maxBytes }: UnreadResponseLimits,
  onClose: (socket: Socket, reason: UnreadReason) => void,
): void {
  const open = new Map<HttpSocket, Progress | null>();
  server.on('connection', (socket: HttpSocket) => {
    open.set(socket, null);
    socket.once('close', () => open.delete(socket));
  });
  const close = (socket: HttpSocket, reason: UnreadReason) => {
    onClose(socket, reason);
    socket.destroy();
  };

  const check = () => {
    const now = performance.now();
    const unread: HttpSocket[] = [];
    let bytes = 0;
    for (const [socket, progress] of open) {
      if (!socket._httpMessage || socket.writableLength === 0) {
        if (progress !== null) open.set(socket, null);
        continue;
      }
      const taken = takenOf(socket);
      if (progress === null || taken - progress.taken >= LEAST_TAKEN_BYTES) {
        open.set(socket, { taken, since: now });
      } else if (now - progress.since >= timeoutMs) {
        close(socket, 'too_slow');
        continue;
      }
      unread.push(socket);
      bytes += socket.writableLength;
    }
    if (bytes <= maxBytes) return;
    for (const socket of unread.toSorted((a, b) => b.writableLength - a.writableLength)) {
      bytes -= socket.writableLength;
      close(socket, 'too_many_bytes');
      if (bytes <= maxBytes) return;
    }
  };
  server.once('listening', () => {
    const timer = setInterval(check, CHECK_MS);
    timer.unref();
    server.once('close', () => clearInterval(timer));
  });
}

/** Bytes of the connection that the operating system has taken, also of a buffer that is partly written. */
function takenOf({ _handle: handle, bytesWritten, writableLength }: HttpSocket): number {
  return handle ? handle.bytesWritten - handle.writeQueueSize : bytesWritten - writableLength;
}
