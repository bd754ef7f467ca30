import type { Writable } from 'node:stream';

/** Bytes are written so often while a message arrives slowly: as fine as timers are. */
const WRITE_INTERVAL_MS = 10;

/** Writes messages byte after byte. */
export interface SlowWriter {
  /** Bytes that are not written yet. */
  readonly waiting: number;
  /** Spreads the bytes over so many ms, after those before them; `written` is called when the last is out. */
  write(bytes: Uint8Array, overMs: number, written?: () => void): void;
  /** Nothing more is written. */
  stop(): void;
}

interface Slow {
  readonly bytes: Uint8Array;
  readonly perWrite: number;
  readonly written: (() => void) | undefined;
}

export function createSlowWriter(out: Writable): SlowWriter {
  const queue: Slow[] = [];
  let position = 0;
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;

  function writeSome(): void {
    const first = queue[0];
    const part = first.bytes.subarray(position, position + first.perWrite);
    position += part.length;
    waiting -= part.length;
    if (!out.destroyed) out.write(part);
    if (position < first.bytes.length) return;
    position = 0;
    queue.shift();
    first.written?.();
    if (queue.length > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    get waiting() {
      return waiting;
    },
    write: (bytes, overMs, written) => {
      if (bytes.length === 0) return void written?.();
      const writes = Math.max(1, Math.floor(overMs / WRITE_INTERVAL_MS));
      queue.push({ bytes, perWrite: Math.ceil(bytes.length / writes), written });
      waiting += bytes.length;
      timer ??= setInterval(writeSome, WRITE_INTERVAL_MS);
    },
    stop: () => {
      if (timer !== null) clearInterval(timer);
      timer = null;
      queue.length = 0;
      waiting = 0;
    },
  };
}
