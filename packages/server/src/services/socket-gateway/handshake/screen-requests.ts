import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { DeltaStreamError } from '../../../kit/errors.ts';
import { divertRequests, ignoreRequests } from '../../../kit/http/connections/client-limits.ts';
import { problemOf } from '../../../kit/responses/problem.ts';
import type { TurnBudget } from '../clients/turn-budget.ts';

/** A request at the socket endpoint; without `response` it asks for an upgrade. */
export interface Screened {
  readonly request: IncomingMessage;
  readonly response: ServerResponse | null;
}

/** Why a request may not pass, or null. Everything that is refused is refused before engine.io sees it. */
export type Screen = (screened: Screened) => DeltaStreamError | null | Promise<DeltaStreamError | null>;

export interface RequestScreen {
  readonly screen: Screen;
  /** Why a request that was sent before the one ahead of it was answered is refused. */
  pipelined(request: IncomingMessage): DeltaStreamError;
}

interface DelayBounds {
  readonly refusalDelayMs: number;
  readonly maxDelayedRefusals: number;
}

/** How long the sender of a body that is not read has to see why. */
const LINGER_MS = 500;

/** Refusals that are told late: a client that asks again as soon as it is refused asks as often as it is answered. */
const DELAYED: ReadonlySet<string> = new Set(['too_many_requests', 'too_many_connections']);
/** Refusals after which a connection may go on: a client refused for these did not send too much. */
const HARMLESS: ReadonlySet<string> = new Set(['origin_not_allowed', 'host_not_allowed', 'invalid_request']);

/**
 * Attaches engine.io to a server behind a screen, so that each request and each upgrade below the path passes it, with a
 * session or without; all others go where they went before. What passes is done in `turns`, as many as connections can
 * wait: hundreds that connect in one moment hold nobody up. No client sends a second request over a connection before the
 * first is answered; one that does is refused. A connection that is refused for how much it asks for is closed, and what
 * it has sent behind that is not looked at: a thousand requests in one segment cost one response. One that asked too often
 * waits for it, unread; where as many wait as may, the next is closed without a word. Call when the server's listener for
 * requests is set, and before it listens.
 */
export function attachScreened(
  server: Server,
  path: string,
  attach: () => void,
  { screen, pipelined }: RequestScreen,
  turns: Pick<TurnBudget, 'run'>,
  bounds: DelayBounds,
): void {
  const below = `${path.replace(/\/$/, '')}/`;
  const others = takeListeners(server, 'request');
  attach();
  const requests = takeListeners(server, 'request');
  for (const other of others) server.on('request', other);
  const upgrades = takeListeners(server, 'upgrade');
  const closing = new WeakSet<Socket>();
  const responding = new WeakSet<Socket>();
  const inTime = delayRefusals(bounds);
  const inTurn = (socket: Socket, pass: () => void) => () =>
    turns.run(() => {
      if (!socket.destroyed) pass();
    });

  divertRequests(server, below, (request, response) => {
    const pass = () => {
      for (const listener of requests) listener.call(server, request, response);
    };
    const { socket } = request;
    if (closing.has(socket)) return;
    endUnread(request, response);
    const verdict = responding.has(socket) ? pipelined(request) : screen({ request, response });
    responding.add(socket);
    response.once('close', () => responding.delete(socket));
    settle(verdict, inTurn(socket, pass), (refusal) => {
      const last = !HARMLESS.has(refusal.code);
      if (last) {
        closing.add(socket);
        ignoreRequests(socket);
      }
      inTime(socket, refusal, () => refuse(response, refusal, last));
    });
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const pass = () => {
      for (const listener of upgrades) listener.call(server, request, socket, head);
    };
    if (!request.url?.startsWith(below)) return pass();
    // Whatever comes of it, a connection that breaks meanwhile must not end the process.
    socket.on('error', () => socket.destroy());
    settle(screen({ request, response: null }), inTurn(socket, pass), (refusal) =>
      inTime(socket, refusal, () => refuseUpgrade(socket, refusal)),
    );
  });
}

/** Calls with each refusal when it is to be told, unless the connection ends before. */
function delayRefusals({ refusalDelayMs, maxDelayedRefusals }: DelayBounds) {
  let waiting = 0;
  return (socket: Socket, { code }: DeltaStreamError, tell: () => void): void => {
    if (refusalDelayMs === 0 || !DELAYED.has(code)) {
      tell();
      return;
    }
    if (waiting >= maxDelayedRefusals) {
      socket.destroy();
      return;
    }
    waiting += 1;
    // Not at once: at the end of each request that a segment holds, Node has the connection read on.
    setImmediate(() => socket.pause());
    const end = () => {
      clearTimeout(timer);
      socket.off('close', end);
      waiting -= 1;
    };
    const timer = setTimeout(() => {
      end();
      tell();
    }, refusalDelayMs);
    socket.once('close', end);
  };
}

type Listener = (...given: unknown[]) => void;

function takeListeners(server: Server, event: 'request' | 'upgrade'): Listener[] {
  const listeners = server.listeners(event) as Listener[];
  server.removeAllListeners(event);
  return listeners;
}

function settle(
  verdict: ReturnType<Screen>,
  pass: () => void,
  onRefusal: (refusal: DeltaStreamError) => void,
): void {
  const decide = (refusal: DeltaStreamError | null) => (refusal === null ? pass() : onRefusal(refusal));
  if (verdict instanceof Promise) void verdict.then(decide);
  else decide(verdict);
}

/** What comes after the response is not read; the connection of one who goes on sending ends. */
function endUnread(request: IncomingMessage, response: ServerResponse): void {
  if (request.method !== 'POST') return;
  response.once('finish', () => {
    if (request.complete) return;
    request.pause();
    setTimeout(() => request.destroy(), LINGER_MS).unref();
  });
}

function responseOf(refusal: DeltaStreamError) {
  const { problem, retryAfterSeconds } = problemOf(refusal, randomUUID());
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-request-id': problem.request_id,
  };
  if (retryAfterSeconds !== null) headers['retry-after'] = String(retryAfterSeconds);
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

function refuse(response: ServerResponse, refusal: DeltaStreamError, last: boolean): void {
  const { status, headers, body } = responseOf(refusal);
  if (last) headers.connection = 'close';
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

function refuseUpgrade(socket: Socket, refusal: DeltaStreamError): void {
  const { status, headers, body } = responseOf(refusal);
  const lines = Object.entries({
    ...headers,
    connection: 'close',
    'content-length': Buffer.byteLength(body),
  });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...lines.map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
