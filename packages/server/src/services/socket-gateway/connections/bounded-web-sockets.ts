import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';
import { createTokenBucket, type TokenBucket } from '../clients/token-bucket.ts';
import type { SocketGatewaySettings } from '../settings.ts';
import { POLICY_VIOLATION } from './cut-connection.ts';
import { stopReading } from './stop-reading.ts';

export type WebSocketBounds = Pick<
  SocketGatewaySettings,
  | 'framesPerSecond'
  | 'frameBurst'
  | 'controlFramesPerSecond'
  | 'controlFrameBurst'
  | 'maxFragments'
  | 'maxChunks'
  | 'closeTimeoutMs'
>;

export interface FloodListener {
  /** The network that an upgrade request comes from. */
  networkOf(request: IncomingMessage): string;
  /** A WebSocket of the network was closed that sent more frames than it may. */
  onFlood(network: string): void;
}

interface Incoming {
  readonly frames: TokenBucket;
  readonly controlFrames: TokenBucket;
  /** Whether the last pong has not left for the kernel yet, or has just left. */
  sendingPong: boolean;
  /** Payload of the last ping that came meanwhile, at most 125 bytes. */
  unanswered: Buffer | null;
}

/**
 * WebSocket servers for the `wsEngine` option of engine.io, whose connections cannot make the process hold more
 * than a constant, nor answer without end:
 * - One frame of a connection is handled in a turn of the event loop, however many one segment brought: what others
 *   wait for comes in between.
 * - Pongs of a connection are at least as far apart as the pings that it may send for long, and of the pings that come
 *   meanwhile only the last is answered, as RFC 6455, 5.5.3 allows. A client that sends pings and reads nothing has one
 *   pong waiting, not one for each.
 * - A client that sends more frames than it may is closed with code 1008 and not read any more. `onFlood` is called
 *   once for it; engine.io is told by an `error` of the WebSocket, at once.
 * - A connection that is closed is gone after `closeTimeoutMs`, whatever its client does.
 */
export function boundedWebSockets(
  bounds: WebSocketBounds,
  { networkOf, onFlood }: FloodListener,
): typeof WebSocketServer {
  const pongIntervalMs = 1000 / bounds.controlFramesPerSecond;
  const incoming = new WeakMap<WebSocket, Incoming>();
  const networks = new WeakMap<WebSocket, string>();

  function of(webSocket: WebSocket): Incoming {
    const known = incoming.get(webSocket);
    if (known) return known;
    const now = performance.now();
    const begun = {
      frames: createTokenBucket(bounds.framesPerSecond, bounds.frameBurst, now),
      controlFrames: createTokenBucket(bounds.controlFramesPerSecond, bounds.controlFrameBurst, now),
      sendingPong: false,
      unanswered: null,
    };
    incoming.set(webSocket, begun);
    return begun;
  }

  function countFrame(this: WebSocket): void {
    if (this.readyState !== WebSocket.OPEN || of(this).frames.take(performance.now())) return;
    cut(this, `more than ${bounds.framesPerSecond} frames a second`);
  }

  function countControlFrame(this: WebSocket): void {
    countFrame.call(this);
    if (this.readyState !== WebSocket.OPEN || of(this).controlFrames.take(performance.now())) return;
    cut(this, `more than ${bounds.controlFramesPerSecond} pings or pongs a second`);
  }

  function cut(webSocket: WebSocket, reason: string): void {
    webSocket.close(POLICY_VIOLATION, reason);
    stopReading(webSocket);
    onFlood(networks.get(webSocket) ?? '');
    webSocket.emit('error', new Error(reason));
  }

  function sendPong(this: WebSocket, payload: Buffer): void {
    countControlFrame.call(this);
    const state = of(this);
    // A copy: the payload is a view of everything that was read with it.
    if (state.sendingPong) state.unanswered = Buffer.from(payload);
    else pong(this, state, Buffer.from(payload));
  }

  function pong(webSocket: WebSocket, state: Incoming, payload: Buffer): void {
    if (webSocket.readyState !== WebSocket.OPEN) return;
    state.sendingPong = true;
    webSocket.pong(payload, undefined, () => {
      setTimeout(() => {
        state.sendingPong = false;
        const next = state.unanswered;
        state.unanswered = null;
        if (next) pong(webSocket, state, next);
      }, pongIntervalMs).unref();
    });
  }

  return class extends WebSocketServer {
    constructor(given?: ServerOptions) {
      const options = {
        ...given,
        autoPong: false,
        allowSynchronousEvents: false,
        maxFragments: bounds.maxFragments,
        maxBufferedChunks: bounds.maxChunks,
        closeTimeout: bounds.closeTimeoutMs,
      };
      super(options);
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      done: (webSocket: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (webSocket, of) => {
        networks.set(webSocket, networkOf(request));
        webSocket.on('ping', sendPong);
        webSocket.on('pong', countControlFrame);
        webSocket.on('message', countFrame);
        done(webSocket as WebSocket, of);
      });
    }
  } as typeof WebSocketServer;
}
