import type { WebSocket } from 'ws';

/** What a WebSocket has read and not decoded yet, as ws holds it. */
interface Receiver {
  _buffers?: unknown;
  _bufferedBytes?: unknown;
}

/**
 * Stops reading a WebSocket that is closed on its client's account, and drops what was read already: a segment may hold
 * thousands of frames more, and a client that goes on sending would have them all decoded until the closing times out.
 * The client's part in the closing is not seen either, so the connection lasts until `closeTimeoutMs`. With another
 * version of ws what was read is decoded for nobody: slower, not wrong.
 */
export function stopReading(webSocket: WebSocket): void {
  webSocket.removeAllListeners('message').removeAllListeners('ping').removeAllListeners('pong');
  webSocket.pause();
  const receiver = (webSocket as unknown as { _receiver?: Receiver | null })._receiver;
  if (!receiver || !Array.isArray(receiver._buffers) || typeof receiver._bufferedBytes !== 'number') return;
  receiver._buffers = [];
  receiver._bufferedBytes = 0;
}
