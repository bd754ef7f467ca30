import { WebSocket } from 'ws';
import { retryAfterMs, shortReason } from '../failures/failure.ts';
import type { OpenSocket, SocketEnding } from '../ports.ts';

/** Venues redirect to a server of the day; further ones than this are a loop. */
const MOST_REDIRECTS = 3;

/** By HTTP: who sends these to an upgrade does not accept the credentials. */
const UNAUTHORIZED: ReadonlySet<number> = new Set([401, 403]);

/**
 * Opens a WebSocket with the library `ws`. Messages are not compressed: it costs more processor time than it saves here, and
 * the bound on a message is then one on what is received. Credentials in address and headers are in no reason.
 */
export const openWebSocket: OpenSocket = (address, { maxMessageBytes, connectMs }, handlers) => {
  let ended = false;
  const closed = Promise.withResolvers<void>();

  function end(ending: SocketEnding): void {
    if (ended) return;
    ended = true;
    handlers.ended(ending);
  }

  const socket = new WebSocket(address.url, {
    headers: address.headers,
    maxPayload: maxMessageBytes,
    handshakeTimeout: connectMs,
    perMessageDeflate: false,
    followRedirects: true,
    maxRedirects: MOST_REDIRECTS,
  });
  socket.on('redirect', (to, request) => {
    const [asked, next] = [new URL(address.url), new URL(to)];
    if (next.protocol !== 'wss:' && next.protocol !== asked.protocol) {
      end({ reason: 'the venue redirects to what is no WebSocket, or to one without TLS' });
      socket.terminate();
    } else if (next.host !== asked.host && address.staysOnServer) {
      end({ reason: 'the venue redirects to another server, where credentials are not sent' });
      socket.terminate();
    } else if (next.host !== asked.host) {
      // They may hold credentials, which are of the server that was asked.
      for (const name of ['authorization', ...Object.keys(address.headers ?? {})]) request.removeHeader(name);
    }
  });
  socket.on('open', () => {
    if (!ended) handlers.opened();
  });
  socket.on('message', (data: Buffer, isBinary) => {
    if (!ended) handlers.message(isBinary ? data : data.toString('utf8'));
  });
  const alive = () => {
    if (!ended) handlers.alive();
  };
  socket.on('ping', alive);
  socket.on('pong', alive);
  socket.on('unexpected-response', (request, response) => {
    const status = response.statusCode ?? 0;
    end({
      reason: `the venue answered ${status} instead of opening a WebSocket`,
      credentials: UNAUTHORIZED.has(status),
      retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
    });
    response.destroy();
    request.destroy();
    closed.resolve();
  });
  socket.on('error', (error) => end({ reason: shortReason(error.message, address) }));
  socket.on('close', (code, reason) => {
    const said = reason.length > 0 ? `: ${shortReason(reason.toString('utf8'), address)}` : '';
    end({ reason: `closed with code ${code}${said}` });
    closed.resolve();
  });

  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    ping() {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    buffered: () => socket.bufferedAmount,
    async close(withinMs) {
      ended = true;
      const timer = setTimeout(() => socket.terminate(), withinMs);
      if (socket.readyState === WebSocket.CONNECTING) socket.terminate();
      else socket.close(1000);
      await closed.promise;
      clearTimeout(timer);
    },
  };
};
