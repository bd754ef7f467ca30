import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEvent } from '@deltastream/contracts';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { within } from '../../../kit/lifecycle/bounded-wait.ts';
import type { LogSink } from '../../../kit/lifecycle/service.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { Clock } from '../../../ports/clock.ts';
import { countLines } from '../../../ports/stores/logs/log-line.ts';
import type { LoggedLines, LogStore } from '../../../ports/stores/logs/log-store.ts';
import { createLoggingMetrics, type LoggingMetrics } from '../metrics.ts';
import type { LoggingSettings } from '../settings.ts';
import { createBatchMemory } from './batch-memory.ts';
import { createEntryBuffer } from './entry-buffer.ts';

export interface LogWriter {
  readonly sink: LogSink;
  readonly metrics: LoggingMetrics;
  start(): void;
  /** Stores what waits, within the time limit; what is written after that is dropped. */
  stop(timeoutMs: number): Promise<void>;
  /** Resolves when what was written so far is stored; rejects with `stopped` where it no longer can be. */
  stored(): Promise<void>;
  /** Why the last append failed; null when it did not. */
  failure(): string | null;
}

export interface LogWriterParts {
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: LoggingSettings;
}

/**
 * Carries log lines to the store, which reads them: lines of every request pass here, on the thread that serves requests.
 * Its own messages take the same way as everyone's, so it writes them only when its state changes, never per line or per
 * attempt: logging cannot feed itself.
 */
export function createLogWriter({ logs, clock, logger, settings }: LogWriterParts): LogWriter {
  const { maxLine, maxMessage } = settings;
  const buffer = createEntryBuffer<LoggedLines>({
    maxEntries: settings.bufferEntries,
    maxCharacters: settings.bufferCharacters,
  });
  const memory = createBatchMemory();
  /** Taken from the buffer and not stored yet: kept here when an append fails, so that order holds. */
  let inHand: LoggedLines[] = [];
  let unreportedDrops = 0;
  let failure: string | null = null;
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> | null = null;
  let closed = false;
  const waiting = () => countLines(inHand) + buffer.length();
  const metrics = createLoggingMetrics(waiting);

  const drop = (count: number) => {
    unreportedDrops += count;
    metrics.dropped(count);
  };

  const nextBatch = (): LoggedLines[] => {
    if (inHand.length > 0) return inHand;
    if (buffer.length() > 0) return buffer.take(settings.batchEntries);
    if (unreportedDrops === 0) return [];
    const notice = dropNotice(unreportedDrops, clock.now());
    unreportedDrops = 0;
    return [notice];
  };

  const storeAll = async () => {
    for (inHand = nextBatch(); inHand.length > 0 && !closed; inHand = nextBatch()) {
      try {
        await logs.appendLines(inHand, { maxLine, maxMessage, nowMs: clock.now() });
      } catch (error) {
        metrics.appendFailed();
        if (failure === null) logger.event('log_store_failing', { reason: reasonOf(error) });
        failure = reasonOf(error);
        return;
      }
      metrics.stored(countLines(inHand));
      for (const each of inHand) if (typeof each === 'object') memory.release(each);
      inHand = [];
      if (failure !== null) logger.event('log_store_recovered');
      failure = null;
    }
  };

  const flush = (): Promise<void> => {
    flushing ??= storeAll().finally(() => {
      flushing = null;
    });
    return flushing;
  };

  return {
    sink: {
      write(line) {
        if (closed) return metrics.dropped(1);
        const dropped = buffer.push(line, line.length);
        if (dropped > 0) drop(dropped);
      },
      writeBatch(batch) {
        if (closed) return metrics.dropped(batch.count);
        const dropped = buffer.push(memory.keep(batch), batch.bytes.length, batch.count);
        if (dropped > 0) drop(dropped);
      },
    },
    metrics,
    start() {
      timer = setInterval(flush, settings.flushIntervalMs);
    },
    async stop(timeoutMs) {
      clearInterval(timer);
      const stored = (flushing ?? Promise.resolve()).then(flush);
      await within(timeoutMs, stored, () => undefined);
      closed = true;
      if (waiting() === 0) return;
      metrics.dropped(waiting());
      logger.event('log_entries_not_stored', { entries: waiting(), reason: failure });
    },
    async stored() {
      for (await flush(); waiting() > 0 && !closed; await flush()) await sleep(settings.flushIntervalMs);
      if (closed && waiting() > 0)
        throw new DeltaStreamError('stopped', 'log lines could not be stored in time');
    },
    failure: () => failure,
  };
}

const dropNotice = (dropped: number, nowMs: number): string =>
  JSON.stringify({
    level: 'warn',
    timestamp: nowMs,
    service: 'logging',
    dropped,
    event: 'log_lines_dropped' satisfies LogEvent,
    message: 'log entries were dropped: more arrived than could be stored',
  });
