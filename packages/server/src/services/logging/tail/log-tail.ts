import { Readable } from 'node:stream';
import { isoTime } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogCriteria, LogEntry } from '../../../ports/stores/log-store.ts';
import type { LoggingMetrics } from '../metrics.ts';
import type { LoggingSettings } from '../settings.ts';
import { createEntryTest } from './entry-test.ts';

/** Those who follow the log, each with what waits for it. */
export interface LogTail {
  /** Entries that are stored from now on: server-sent events of those that fit. Throws `too_many_connections` or `stopped`. */
  follow(criteria: LogCriteria): Readable;
  /** Never waits and never throws. */
  publish(entries: readonly LogEntry[]): void;
  readers(): number;
  /** Tells every reader that it ends, and takes none from now on. */
  end(): void;
}

export interface LogTailParts {
  readonly clock: Clock;
  readonly metrics: Pick<LoggingMetrics, 'tailDropped'>;
  readonly settings: Pick<
    LoggingSettings,
    'tailPeers' | 'tailWaitingBytes' | 'tailHeartbeatMs' | 'tailMaxMs'
  >;
}

interface Reader {
  readonly fits: (entry: LogEntry) => boolean;
  readonly line: (event: Buffer) => void;
  readonly beat: () => void;
  readonly end: (reason: string) => void;
}

const said = (event: string, data: object): Buffer =>
  Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/**
 * Gives entries to those who follow the log. What waits for one is bounded: beyond it lines are left out, counted and told,
 * at the place where they are missing. A reader costs the others, and what is written, nothing but its test of each entry.
 */
export function createLogTail({ clock, metrics, settings }: LogTailParts): LogTail {
  const { tailPeers, tailWaitingBytes, tailHeartbeatMs, tailMaxMs } = settings;
  const readers = new Set<Reader>();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const add = (reader: Reader) => {
    readers.add(reader);
    timer ??= setInterval(() => {
      for (const each of readers) each.beat();
    }, tailHeartbeatMs);
  };
  const remove = (reader: Reader) => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    follow(criteria) {
      if (ended) throw new DeltaStreamError('stopped', 'the logging service is stopping');
      if (readers.size >= tailPeers) {
        const message = `${readers.size} readers follow the log already; --logging-tail-peers is the limit`;
        throw new DeltaStreamError('too_many_connections', message);
      }
      let dropped = 0;
      const tell = () => {
        if (dropped === 0) return;
        const count = dropped;
        dropped = 0;
        stream.push(said('dropped', { count }));
      };
      const stream = new Readable({
        // What its reader is too slow for waits here, and nowhere else.
        highWaterMark: tailWaitingBytes,
        read: tell,
        destroy(error, done) {
          remove(reader);
          done(error);
        },
      });
      const hasRoom = (bytes: number) => stream.readableLength + bytes <= tailWaitingBytes;
      const endsAt = clock.monotonicMs() + tailMaxMs;
      const reader: Reader = {
        fits: createEntryTest(criteria),
        line(event) {
          if (hasRoom(event.length)) {
            tell();
            stream.push(event);
            return;
          }
          dropped += 1;
          metrics.tailDropped(1);
        },
        beat() {
          if (clock.monotonicMs() >= endsAt) return reader.end('too_long');
          // One that takes nothing is closed by the server's own bound for what is not read.
          if (stream.readableLength > 0) return;
          tell();
          stream.push(HEARTBEAT);
        },
        end(reason) {
          remove(reader);
          tell();
          stream.push(said('end', { reason }));
          stream.push(null);
        },
      };
      add(reader);
      stream.push(said('ready', { at: isoTime(clock.now()) }));
      return stream;
    },
    publish(entries) {
      if (readers.size === 0) return;
      for (const entry of entries) {
        let event: Buffer | undefined;
        for (const reader of readers) {
          if (!reader.fits(entry)) continue;
          event ??= said('log', { ...entry, timestamp: isoTime(entry.timestamp) });
          reader.line(event);
        }
      }
    },
    readers: () => readers.size,
    end() {
      ended = true;
      for (const reader of [...readers]) reader.end('stopping');
    },
  };
}
