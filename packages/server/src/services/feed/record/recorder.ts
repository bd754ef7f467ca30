import { lostRecord, messageRecord, sessionHead } from '@deltastream/recordings/session';
import type { Registry } from 'prom-client';
import { DeltaStreamError, reasonOf } from '../../../kit/errors.ts';
import { createMeter } from '../../../kit/health/meter.ts';
import type { Logger } from '../../../kit/logging/log.ts';
import type { ValuesOf } from '../../../kit/settings-fragment.ts';
import type { Clock } from '../../../ports/clock.ts';
import { createExchangeDays } from './exchange-days.ts';
import { createRecordFile, type RecordFile, type RecordFileOptions } from './record-file.ts';
import { recordPlace } from './record-paths.ts';
import type { RECORD } from './record-settings.ts';

export interface RecordConfig extends ValuesOf<typeof RECORD.own> {
  readonly record: string;
  /** Of the platform. */
  readonly release: string;
}

export interface RecorderContext {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where what is recorded is counted. */
  readonly registry: Registry;
  /** What the feed plays. */
  readonly source: string;
}

/** What raw messages are written with. */
export interface RawFile {
  readonly head: RecordFileOptions['head'];
  readonly lost: RecordFileOptions['lost'];
}

/**
 * Records what a feed publishes. Nothing of it waits for the disk or fails: where it cannot go on it ends, is logged and counted,
 * and the feed goes on.
 */
export interface Recorder {
  published(kind: 'chain' | 'tick', of: { product: string; timestamp: number }, frame: Uint8Array): void;
  /** Opens the file of raw messages; gives how they are kept. Rejects with `invalid_setting` where it cannot be written. */
  keepRaw(file: RawFile): Promise<(parts: readonly Uint8Array[]) => void>;
  /** Why nothing is recorded any more, without paths; null while it is. */
  problem(): string | null;
  /** Resolves when what was published so far is in the file. */
  written(): Promise<void>;
  close(): Promise<void>;
}

/** Begins a recording. Rejects with `invalid_setting` where it cannot be written. */
export async function openRecorder(
  config: RecordConfig,
  { clock, logger, registry, source }: RecorderContext,
): Promise<Recorder> {
  const { record, release, flushMs, rotateBytes, bufferBytes, maxBytes } = config;
  const meter = createMeter('feed', registry);
  const recorded = meter.counter('recorded_total', 'Messages and raw messages recorded', 'kind');
  const written = meter.counter('recorded_bytes_total', 'Compressed bytes of recordings written');
  const lost = meter.counter(
    'recording_lost_total',
    'Records left out because the disk was too slow',
    'part',
  );
  meter.watch('recording', '1 while what is published is recorded', () => (problem === null ? 1 : 0));
  const days = createExchangeDays();
  const startedAt = clock.now();
  let problem: string | null = null;

  const place = await attempt(() => recordPlace(record, startedAt));
  const room = { bytes: maxBytes - (await attempt(place.bytesThere)) };
  const optionsOf = (part: 'recording' | 'raw'): Omit<RecordFileOptions, 'head' | 'lost'> => ({
    ...{ flushMs, rotateBytes, bufferBytes, room },
    pathOf: (number) => place.pathOf(part, number),
    onFile: (path) => logger.event('recording_file_begun', { part, path }),
    onBytes: (bytes) => written.inc(bytes),
    onLost: () => logger.event('recording_behind', { part }),
    onStopped: (reason) => {
      // It is shown to others than the operator: no path.
      problem ??= reason.replace(/ '.*'$/, ' its file');
      logger.event('recording_stopped', { part, reason });
      // Half of a recording, of which it is said that there is none, helps nobody.
      void close();
    },
  });
  const session = await attempt(() =>
    createRecordFile({
      ...optionsOf('recording'),
      head: () => [sessionHead({ source, release, startedAt })],
      lost: (records) => lostRecord(clock.now(), records),
    }),
  );
  let raw: RecordFile | null = null;

  async function close(): Promise<void> {
    await Promise.all([session.close(), raw?.close()]);
  }

  function attempt<T>(action: () => Promise<T>): Promise<T> {
    return action().catch((cause: unknown) => {
      throw new DeltaStreamError(
        'invalid_setting',
        `--record ${record}: it cannot be written (${reasonOf(cause)}); name a file or folder that may be`,
        { cause },
      );
    });
  }

  return {
    published(kind, { product, timestamp }, frame) {
      if (config.daily && days.begins(product, timestamp)) {
        session.rotate();
        raw?.rotate();
      }
      if (session.append(messageRecord(kind, clock.now(), frame))) recorded.inc({ kind });
      else if (problem === null) lost.inc({ part: 'recording' });
    },
    async keepRaw(file) {
      const opened = await attempt(() => createRecordFile({ ...optionsOf('raw'), ...file }));
      raw = opened;
      return (parts) => {
        if (opened.append(parts)) recorded.inc({ kind: 'raw' });
        else if (problem === null) lost.inc({ part: 'raw' });
      };
    },
    problem: () => problem,
    written: session.written,
    close,
  };
}
