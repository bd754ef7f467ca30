import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface UnreadAnswerLimits {
  /** A connection that takes less than 32 KiB of a waiting answer in this time is closed. */
  readonly timeoutMs: number;
  /** Bytes that may wait on all connections of the server together; beyond it those with most are closed. */
  readonly maxBytes: number;
}

export type UnreadReason = 'too_slow' | 'too_many_bytes';

const CHECK_MS = 250;
const LEAST_TAKEN_BYTES = 32 * 1024;

/** What Node keeps for itself: whether an answer is under way, and what the operating system has not taken yet. */
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
 * Closes connections whose clients do not read their answers, which would otherwise hold them in memory for as
 * long as the client likes. Connections of other protocols are bounded by those. Call before the server listens.
 */
export function closeUnread(
  server: Server,
  { timeoutMs, maxBytes }: UnreadAnswerLimits,
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
