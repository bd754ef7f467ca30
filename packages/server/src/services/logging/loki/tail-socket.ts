import type { WebSocket } from 'ws';
import type { Clock } from '../../../ports/clock.ts';
import type { LogEntry } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingSettings } from '../settings.ts';
import type { TailReader } from '../tail/log-tail.ts';
import { tailFrame } from './answers.ts';
import type { ShownLine } from './pipeline.ts';

/** Where frames are written. */
export type TailSocket = Pick<WebSocket, 'send' | 'ping' | 'terminate' | 'bufferedAmount' | 'on'>;

export interface TailSocketParts {
  readonly socket: TailSocket;
  readonly show: (entry: LogEntry) => ShownLine | null;
  readonly clock: Clock;
  /** How long lines wait for others, so that those that come late are in their place. */
  readonly delayMs: number;
  readonly onDropped: (count: number) => void;
  readonly settings: Pick<LoggingSettings, 'tailWaitingBytes' | 'tailMaxMs'>;
}

/** A reader that is a WebSocket of Loki's. */
export interface SocketReader extends TailReader {
  /** Sends what was stored before, oldest first, and then what came meanwhile, each line once. */
  begin(history: readonly { readonly entry: LogEntry; readonly line: ShownLine }[]): void;
  /** Nothing is sent from now on. */
  stop(): void;
}

const FRAME_MS = 100; // Lines of a tenth of a second go together: a frame for each would cost more than its line.
/** Lines that wait for the next frame, or while what was stored before is read; beyond it they are dropped. */
const MAX_HELD = 5_000;
/** Dropped lines that are named in one frame, and their share of what may be unread, beside it; of more the metric tells. */
const MAX_NAMED = 1_000;
const NAMED_SHARE = 0.25;
const BEATS_WITHOUT_PONG = 2; // One may be under way.

/**
 * Sends lines in frames, never more than some `tailWaitingBytes` of them unread, however long they are: what a reader is too slow for is dropped and named
 * as dropped in the next frame. The connection is cut, not closed, after `tailMaxMs`, when it does not answer pings and when
 * the service stops: Grafana connects again after that alone, with credentials that are checked again.
 */
export function createSocketReader(parts: TailSocketParts): SocketReader {
  const { socket, show, clock, delayMs, onDropped, settings } = parts;
  const { tailWaitingBytes } = settings;
  const endsAt = clock.monotonicMs() + settings.tailMaxMs;
  let held: { readonly entry: LogEntry; readonly line: ShownLine }[] = [];
  let heldBytes = 0;
  let dropped: ShownLine[] = [];
  let droppedBytes = 0;
  let hasBegun = false;
  let timer: NodeJS.Timeout | null = null;
  let unanswered = 0;
  let isStopped = false;
  socket.on('pong', () => {
    unanswered = 0;
  });

  const drop = (lines: readonly ShownLine[]) => {
    onDropped(lines.length);
    for (const line of lines) {
      const bytes = bytesOf(line);
      if (dropped.length >= MAX_NAMED || droppedBytes + bytes > tailWaitingBytes * NAMED_SHARE) return;
      dropped.push(line);
      droppedBytes += bytes;
    }
  };
  const send = () => {
    timer = null;
    if (isStopped) return;
    const lines = held.map(({ line }) => line).sort((a, b) => a.timestampMs - b.timestampMs);
    held = [];
    const hasRoom = socket.bufferedAmount + heldBytes <= tailWaitingBytes;
    heldBytes = 0;
    if (!hasRoom) {
      drop(lines);
      return;
    }
    if (lines.length === 0 && dropped.length === 0) return;
    socket.send(tailFrame(lines, dropped));
    dropped = [];
    droppedBytes = 0;
  };
  const schedule = () => {
    if (hasBegun && !isStopped) timer ??= setTimeout(send, Math.max(FRAME_MS, delayMs));
  };

  return {
    take(entry) {
      const line = show(entry);
      if (line === null) return;
      const bytes = bytesOf(line);
      if (held.length >= MAX_HELD || heldBytes + bytes > tailWaitingBytes) drop([line]);
      else {
        held.push({ entry, line });
        heldBytes += bytes;
      }
      schedule();
    },
    begin(history) {
      const known = new Map<string, number>();
      for (const { entry } of history) known.set(keyOf(entry), (known.get(keyOf(entry)) ?? 0) + 1);
      // Stored while the log was read, and found by that, too.
      held = held.filter(({ entry }) => {
        const times = known.get(keyOf(entry)) ?? 0;
        if (times > 0) known.set(keyOf(entry), times - 1);
        return times === 0;
      });
      heldBytes = held.reduce((sum, { line }) => sum + bytesOf(line), 0);
      const lines = history.map(({ line }) => line);
      const fitting = newestWithin(lines, tailWaitingBytes);
      drop(lines.slice(0, lines.length - fitting.length));
      if (fitting.length > 0) socket.send(tailFrame(fitting, []));
      hasBegun = true;
      schedule();
    },
    beat() {
      if (clock.monotonicMs() >= endsAt || unanswered >= BEATS_WITHOUT_PONG) {
        socket.terminate();
        return;
      }
      unanswered += 1;
      socket.ping();
      // What was dropped is told also when no line follows it.
      if (dropped.length > 0) schedule();
    },
    end: () => socket.terminate(),
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      held = [];
    },
  };
}

/** The last lines, as many as there are in so many bytes. */
function newestWithin(lines: readonly ShownLine[], maxBytes: number): readonly ShownLine[] {
  let bytes = 0;
  const before = lines.findLastIndex((line) => {
    bytes += bytesOf(line);
    return bytes > maxBytes;
  });
  return lines.slice(before + 1);
}

/** About what a line is in a frame. */
const bytesOf = ({ text, metadata, parsed }: ShownLine): number =>
  [metadata, parsed]
    .flatMap((labels) => Object.entries(labels).flat())
    .reduce((sum, each) => sum + Buffer.byteLength(each), Buffer.byteLength(text));

const keyOf = ({ timestamp, service, message, event, span_id, fields }: LogEntry): string =>
  JSON.stringify([timestamp, service, message, event, span_id, fields]);
