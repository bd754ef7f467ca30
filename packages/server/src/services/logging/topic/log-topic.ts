import { LOGS } from '@deltastream/contracts';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { Bus, Consumer } from '../../../ports/bus.ts';
import type { LogWriter } from '../writing/log-writer.ts';
import { createLineNumbers } from './line-numbers.ts';
import type { TakenLines } from './taken-lines.ts';

export interface LogTopicParts {
  readonly bus: Pick<Bus, 'consume'>;
  readonly writer: Pick<LogWriter, 'sink' | 'stored'>;
  readonly taken: Pick<TakenLines, 'took'>;
}

/** Batches processed concurrently: what one append stores is of several, and what waits is far below the bounds of the buffer. */
const BATCHES_AT_ONCE = 8;
/**
 * Takes the lines of other processes from the bus. A batch is acknowledged when its lines are stored, so what is taken by
 * a service that dies is delivered again; lines that came before are left out, and those that came to nobody are counted.
 */
export function consumeLogs({ bus, writer, taken }: LogTopicParts): Promise<Consumer> {
  const numbers = createLineNumbers();
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
      // What was taken here before and is delivered again waits to be stored, or is.
      const isNew = numbers.take(process, first, count);
      taken.took(process, first, count);
      const ahead = all.length - count;
      const isAnyNew = all.some((_line, i) => i >= ahead && isNew(i - ahead));
      all.forEach((line, i) => {
        // Said ahead of them: what the process itself dropped.
        if (i < ahead ? isAnyNew : isNew(i - ahead)) writer.sink.write(line);
      });
      await writer.stored();
    },
    { concurrency: BATCHES_AT_ONCE },
  );
}
