import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether it was told to close. */
    readonly lifecycle: { closing: boolean };
  }
}

export interface PoliteCloseSettings {
  /** How long it still responds, new connections too, while it says that it closes. */
  readonly graceMs: number;
  /** After this, what is still open is cut. */
  readonly timeoutMs: number;
}

const POLL_MS = 10; // What a close takes longer than it must, at most.

/** What Node keeps for itself: the response under way. */
type HttpSocket = Socket & { readonly _httpMessage?: ServerResponse | null };

/**
 * Makes `close` lose no request and end in bounded time. `lifecycle.closing` is true at once, for
 * readiness; for the grace every request is answered as usual with `connection: close`, so that a client
 * whose next request is on the wire already gets its response and knows not to send another; then the port
 * is released, idle connections are closed and responses under way completed. Connections of other protocols
 * are theirs who upgraded them to end.
 */
export function closePolitely(app: FastifyInstance, settings: PoliteCloseSettings): void {
  const lifecycle = { closing: false };
  const sockets = new Set<HttpSocket>();
  app.decorate('lifecycle', lifecycle);
  app.server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  app.addHook('preClose', async () => {
    lifecycle.closing = true;
    if (!app.server.listening) return;
    // Fastify says so to requests that come from now on; those under way are to be told, too.
    for (const { _httpMessage: underWay } of sockets) if (underWay) underWay.shouldKeepAlive = false;
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, settings.timeoutMs);
    app.server.once('close', () => clearTimeout(cut));
    const end = performance.now() + Math.min(settings.graceMs, settings.timeoutMs);
    while (sockets.size > 0 && performance.now() < end) await sleep(POLL_MS);
  });
}
