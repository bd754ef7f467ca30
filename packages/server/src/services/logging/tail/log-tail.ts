import { Readable } from 'node:stream';
import { isoTime } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { LogCriteria, LogEntry } from '../../../ports/stores/logs/log-store.ts';
import type { LoggingMetrics } from '../metrics.ts';
import type { LoggingSettings } from '../settings.ts';
import { createEntryTest } from './entry-test.ts';

/** Somebody who follows the log. None of it may throw or wait. */
export interface TailReader {
  /** `event` gives the entry as a server-sent event, made once for all. */
  take(entry: LogEntry, event: () => Buffer): void;
  /** Called every `--logging-tail-heartbeat-ms`. */
  beat(): void;
  end(reason: 'stopping' | 'too_long'): void;
}

/** Those who follow the log, each with what waits for it. */
export interface LogTail {
  /** Takes a reader; the function that is returned lets it go. Throws `too_many_connections` or `stopped`. */
  join(reader: TailReader): () => void;
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

const said = (event: string, data: object): Buffer =>
  Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/**
 * Gives entries to those who follow the log. What waits for one is bounded: beyond it lines are left out, counted and told,
 * at the place where they are missing. A reader costs the others, and what is written, nothing but its test of each entry.
 */
export function createLogTail({ clock, metrics, settings }: LogTailParts): LogTail {
  const { tailPeers, tailWaitingBytes, tailHeartbeatMs, tailMaxMs } = settings;
  const readers = new Set<TailReader>();
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  const add = (reader: TailReader) => {
    readers.add(reader);
    timer ??= setInterval(() => {
      for (const each of readers) each.beat();
    }, tailHeartbeatMs);
  };
  const remove = (reader: TailReader) => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  const join = (reader: TailReader) => {
    if (ended) throw new DeltaStreamError('stopped', 'the logging service is stopping');
    if (readers.size >= tailPeers) {
      const message = `${readers.size} readers follow the log already; --logging-tail-peers is the limit`;
      throw new DeltaStreamError('too_many_connections', message);
    }
    add(reader);
    return () => remove(reader);
  };

  return {
    join,
    follow(criteria) {
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
      const fits = createEntryTest(criteria);
      const reader: TailReader = {
        take(entry, eventOf) {
          if (!fits(entry)) return;
          const event = eventOf();
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
      join(reader);
      stream.push(said('ready', { at: isoTime(clock.now()) }));
      return stream;
    },
    publish(entries) {
      if (readers.size === 0) return;
      for (const entry of entries) {
        let event: Buffer | undefined;
        const eventOf = () => {
          event ??= said('log', { ...entry, timestamp: isoTime(entry.timestamp) });
          return event;
        };
        for (const reader of readers) reader.take(entry, eventOf);
      }
    },
    readers: () => readers.size,
    end() {
      ended = true;
      for (const reader of [...readers]) reader.end('stopping');
    },
  };
}
