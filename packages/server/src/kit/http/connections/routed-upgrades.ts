import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';

/** The connection of a request that asks to become a WebSocket, and what it sent behind it. */
export interface WaitingUpgrade {
  readonly socket: Duplex;
  readonly head: Buffer;
}

type Listener = (request: IncomingMessage, socket: Socket, head: Buffer) => void;

/** What of a server is led through its application; on the server, because a plugin adds to it. */
interface Routed {
  readonly paths: Set<string>;
  readonly listener: Listener;
}

/** Below this path a connection may become a WebSocket, beside routes that ask for it. */
export const SOCKET_PATH = '/socket.io/';

const WAITING = Symbol('waiting upgrade');
const ROUTED = Symbol('routed upgrades');

/**
 * Leads an upgrade request through the application like any other, so that the same hooks hold for it: who may not, or comes
 * too often, is answered and closed.
 */
function leadUpgrade(app: FastifyInstance, request: IncomingMessage, socket: Socket, head: Buffer): void {
  socket.on('error', () => socket.destroy());
  (request as { [WAITING]?: WaitingUpgrade })[WAITING] = { socket, head };
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.destroySoon());
  app.routing(request, response);
}

/** Has the requests below a path that ask to become a WebSocket led through the application. Call before it listens. */
export function routeUpgrades(app: FastifyInstance, path: string): void {
  const server = app.server as Server & { [ROUTED]?: Routed };
  if (server[ROUTED] === undefined) {
    const paths = new Set<string>();
    const listener: Listener = (request, socket, head) => {
      if (isBelow(paths, request.url)) leadUpgrade(app, request, socket, head);
    };
    server[ROUTED] = { paths, listener };
    server.on('upgrade', listener);
  }
  server[ROUTED].paths.add(path);
}

/** Whether an upgrade at this address is taken up: by a route, or, below the path of sockets, by who serves them. */
export function acceptsUpgrade(server: Server, url: string): boolean {
  const routed = (server as { [ROUTED]?: Routed })[ROUTED];
  if (routed !== undefined && isBelow(routed.paths, url)) return true;
  return url.startsWith(SOCKET_PATH) && server.listeners('upgrade').some((each) => each !== routed?.listener);
}

const isBelow = (paths: ReadonlySet<string>, url = ''): boolean => paths.has(url.split('?', 1)[0]);

export const upgradeOf = (request: IncomingMessage): WaitingUpgrade | undefined =>
  (request as { [WAITING]?: WaitingUpgrade })[WAITING];

/** Takes the connection from its request, whose response is sent by hand from now on; undefined where it asks for none. */
export function takeUpgrade(request: IncomingMessage, reply: FastifyReply): WaitingUpgrade | undefined {
  const found = upgradeOf(request);
  if (found === undefined) return undefined;
  (request as { [WAITING]?: WaitingUpgrade })[WAITING] = undefined;
  reply.hijack();
  reply.raw.detachSocket(found.socket as Socket);
  return found;
}
