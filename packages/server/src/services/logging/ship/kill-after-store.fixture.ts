import { pid } from 'node:process';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createLogger, serviceLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createLogging, type LoggingService } from '../service.ts';

/** Stores lines and is killed at the very moment at which the store has them; its target is away. */
const [folder, target] = process.argv.slice(2);
const store = await createFileLogStore({ folder });
const killed = async (append: Promise<void>): Promise<void> => {
  await append;
  process.kill(pid, 'SIGKILL');
};
const logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
const logging: LoggingService = createLogging(
  {
    ...{ logger, clock: systemClock },
    logs: { ...store, appendLines: (...given) => killed(store.appendLines(...given)) },
  },
  { folder, flushIntervalMs: 10, shipping: { shipLogsTo: [`loki+${target}`] } },
);
await logging.start();
for (let i = 0; i < 100; i++) serviceLogger(logger, 'feed').event('feed_started', { i }, `line ${i}`);
