import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { LatencyHistogram } from './latency-histogram.ts';
import { type LoadOptions, microseconds } from './protocol.ts';
import { readUpdate } from './read-update.ts';

export interface LoadCounts {
  measuring: boolean;
  updates: number;
  bytes: number;
  readonly sinceFlush: LatencyHistogram;
  readonly sinceUpdate: LatencyHistogram;
  backwards: number;
  closed: number;
}

export interface LoadConnection {
  /** Connects, again and again with Socket.IO's delays where it fails, and subscribes. */
  open(): Promise<void>;
  breakOff(): void;
  isOpen(): boolean;
  /** The last sequence number of each room. */
  readonly last: ReadonlyMap<string, number>;
}

const CONNECT_TIMEOUT_MS = 20_000;
/** socket.io-client's reconnectionDelay, doubled up to reconnectionDelayMax, each half to one and a half. */
const FIRST_DELAY_MS = 1_000;
const MOST_DELAY_MS = 5_000;

/** One Socket.IO client over a bare WebSocket, with as little work for a message as possible. */
export function createConnection(
  { url, from }: Pick<LoadOptions, 'url' | 'from'>,
  subscriptions: readonly string[],
  counts: LoadCounts,
): LoadConnection {
  const last = new Map<string, number>();
  let socket: WebSocket | null = null;
  let waiting = 0;
  let onSubscribed = () => {};

  function onMessage(data: Buffer): void {
    if (data[0] === PING) socket?.send('3');
    else if (data[0] === OPEN) socket?.send('40');
    else if (data[1] === CONNECTED) {
      waiting = subscriptions.length;
      for (const [id, message] of subscriptions.entries()) socket?.send(`42${id}${message}`);
    } else if (data[1] === ACK) {
      waiting -= 1;
      if (waiting === 0) onSubscribed();
    } else if (data[1] === EVENT) onEvent(data);
  }

  function onEvent(data: Buffer): void {
    if (counts.measuring) counts.bytes += data.length;
    const update = readUpdate(data);
    if (!update) return;
    const before = last.get(update.room);
    if (before !== undefined && before >= update.seq) counts.backwards += 1;
    last.set(update.room, update.seq);
    if (!counts.measuring) return;
    const now = microseconds();
    counts.updates += 1;
    counts.sinceUpdate.record((now - update.at) / 1000);
    if (update.flushed !== null) counts.sinceFlush.record((now - update.flushed) / 1000);
  }

  function attempt(): Promise<boolean> {
    return new Promise((resolve) => {
      const opened = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, {
        localAddress: from,
        perMessageDeflate: false,
        skipUTF8Validation: true,
        handshakeTimeout: CONNECT_TIMEOUT_MS,
      });
      socket = opened;
      onSubscribed = () => resolve(true);
      opened.on('message', onMessage);
      opened.on('error', () => {});
      opened.on('close', () => {
        if (socket === opened) {
          socket = null;
          counts.closed += 1;
        }
        resolve(false);
      });
    });
  }

  return {
    last,
    async open() {
      for (let delayMs = FIRST_DELAY_MS; !(await attempt()); delayMs = Math.min(delayMs * 2, MOST_DELAY_MS)) {
        await sleep(delayMs * (0.5 + Math.random()));
      }
    },
    breakOff() {
      const broken = socket;
      socket = null;
      broken?.terminate();
    },
    isOpen: () => socket?.readyState === WebSocket.OPEN,
  };
}

const [OPEN, PING, CONNECTED, EVENT, ACK] = Buffer.from('02023');
