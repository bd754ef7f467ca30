import { ALERTS } from '@deltastream/contracts';
import { createFileLogStore } from '../../../adapters/log-files/log-store-files.ts';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger, serviceLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createLogging, type LoggingService } from '../service.ts';

/** Writes many lines, says each alert to its parent, and goes on until it is killed. */
const [folder, rules] = process.argv.slice(2);
const bus = createMemoryBus();
await bus.follow(ALERTS.name, 'latest', ({ frame }) => {
  process.send?.(ALERTS.frames.decode(frame));
});
const logger = createLogger('trace', { write: (line) => logging.logSink.write(line) });
const logging: LoggingService = createLogging(
  { logs: await createFileLogStore({ folder }), clock: systemClock, logger, bus },
  { folder, flushIntervalMs: 10, alertCheckMs: 10, logAlerts: rules },
);
await logging.start();
for (let i = 0; i < 50; i++) serviceLogger(logger, 'auth').event('login_refused', { i });
setInterval(() => undefined, 1_000);
