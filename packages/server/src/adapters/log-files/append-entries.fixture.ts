import { once } from 'node:events';
import { flushCompileCache } from 'node:module';
import { NO_CONTEXT } from '../../ports/stores/logs/log-store.ts';
import { createFileLogStore } from './log-store-files.ts';

/**
 * Appends batches to the store of a folder from a number on, and prints the last number that was acknowledged; where an
 * append fails it prints why and waits for a line on standard input. Arguments: folder, first number.
 */
const [, , folder, first] = process.argv;
// It is killed, and leaves the next one what it compiled.
flushCompileCache();
const store = await createFileLogStore({ folder, blockBytes: 16_384, segmentBytes: 65_536 });
const BATCH = 50;
for (let seq = Number(first); ; ) {
  try {
    await store.append(
      Array.from({ length: BATCH }, (_, i) => ({
        ...{ timestamp: Date.now(), level: 'info' as const, service: 'feed', message: 'tick published' },
        ...NO_CONTEXT,
        fields: { seq: seq + i, noise: Math.random() },
      })),
    );
  } catch (error) {
    process.stdout.write(`failed ${(error as Error).message}\n`);
    await once(process.stdin, 'data');
    continue;
  }
  seq += BATCH;
  process.stdout.write(`${seq - 1}\n`);
}
