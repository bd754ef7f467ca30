import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { type LoadOptions, microseconds } from '../protocol.ts';
import type { LatencyHistogram } from './latency-histogram.ts';
import { HEAD_BYTES, readUpdate } from './read-update.ts';

export interface LoadCounts {
  measuring: boolean;
  updates: number;
  bytes: number;
  readonly sinceFlush: LatencyHistogram;
  readonly sinceUpdate: LatencyHistogram;
  backwards: number;
  closed: number;
  resumed: number;
  gaps: number;
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
  { url, from, token }: Pick<LoadOptions, 'url' | 'from'> & { readonly token?: string },
  subscriptions: readonly string[],
  counts: LoadCounts,
): LoadConnection {
  const last = new Map<string, number>();
  const epochs = new Map<string, string>();
  let socket: WebSocket | null = null;
  let waiting = 0;
  let onSubscribed = () => {};

  function onMessage(data: Buffer): void {
    if (data[0] === PING) socket?.send('3');
    else if (data[0] === OPEN) socket?.send(token === undefined ? '40' : `40${JSON.stringify({ token })}`);
    else if (data[1] === CONNECTED) {
      waiting = subscriptions.length;
      for (const [id, message] of subscriptions.entries()) socket?.send(`42${id}${resuming(message)}`);
    } else if (data[1] === ACK) {
      onResponse(data.toString('latin1', 0, HEAD_BYTES));
      waiting -= 1;
      if (waiting === 0) onSubscribed();
    } else if (data[1] === EVENT) onEvent(data);
  }

  function onResponse(head: string): void {
    if (head.includes('"resumed":true')) counts.resumed += 1;
    const [, room, epoch, seq] = /"room":"([^"]+)","epoch":"([^"]+)","seq":(\d+)/.exec(head) ?? [];
    if (room === undefined) return;
    epochs.set(room, epoch);
    last.set(room, Number(seq));
  }

  /** A request to the gateway goes on from where this client was. */
  function resuming(message: string): string {
    const [event, request] = JSON.parse(message);
    const room = `${request.type}:${request.symbol}`;
    const [epoch, seq] = [epochs.get(room), last.get(room)];
    if (event !== 'subscribe' || epoch === undefined || seq === undefined) return message;
    return JSON.stringify([event, { ...request, resume: { epoch, seq } }]);
  }

  function onEvent(data: Buffer): void {
    if (counts.measuring) counts.bytes += data.length;
    const update = readUpdate(data);
    if (!update) {
      if (data.includes('42["gap"')) counts.gaps += 1;
      return;
    }
    const before = last.get(update.room);
    if (before !== undefined && before >= update.seq) counts.backwards += 1;
    last.set(update.room, update.seq);
    if (!counts.measuring) return;
    const now = microseconds();
    counts.updates += 1;
    if (update.at !== null) counts.sinceUpdate.record((now - update.at) / 1000);
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
