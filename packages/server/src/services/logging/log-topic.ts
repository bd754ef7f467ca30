import { LOGS } from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus, Consumer } from '../../ports/bus.ts';
import type { LogWriter } from './log-writer.ts';
import type { LoggingMetrics } from './metrics.ts';

export interface LogTopicParts {
  readonly bus: Pick<Bus, 'consume'>;
  readonly writer: Pick<LogWriter, 'sink' | 'stored'>;
  readonly metrics: Pick<LoggingMetrics, 'missing'>;
}

/** Batches in work: what one append stores is of several, and what waits is far below the bounds of the buffer. */
const BATCHES_AT_ONCE = 8;
/** Processes whose newest line is known; of one that is forgotten a batch may be stored twice. */
const MAX_PROCESSES = 10_000;

/**
 * Takes the lines of other processes from the bus. A batch is acknowledged when its lines are stored, so what is taken by
 * a service that dies is delivered again; lines that came before are left out, and those that never came are counted.
 */
export function consumeLogs({ bus, writer, metrics }: LogTopicParts): Promise<Consumer> {
  const newest = new LRUCache<string, number>({ max: MAX_PROCESSES });
  return bus.consume(
    LOGS.name,
    'logging',
    async ({ frame }) => {
      const { process, first, count, lines } = LOGS.frames.decode(frame);
      const all = lines.split('\n').filter((line) => line !== '');
      if (all.length < count) {
        const message = `${count} lines are announced and ${all.length} are there`;
        throw new DeltaStreamError('malformed_message', message, { permanent: true });
      }
      const last = first + count - 1;
      const known = newest.get(process);
      // What was taken here before and is delivered again waits to be stored, or is.
      if (known === undefined || last > known) {
        if (known !== undefined) metrics.missing(Math.max(0, first - known - 1));
        newest.set(process, last);
        const skipped = known === undefined ? 0 : Math.max(0, known - first + 1);
        // Said ahead of them: what the process itself dropped.
        const ahead = all.length - count;
        all.forEach((line, i) => {
          if (i < ahead || i >= ahead + skipped) writer.sink.write(line);
        });
      }
      await writer.stored();
    },
    { concurrency: BATCHES_AT_ONCE },
  );
}
