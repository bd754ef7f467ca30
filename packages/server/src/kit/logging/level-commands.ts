import { LOG_EVENTS, LOG_LEVEL_COMMANDS } from '@deltastream/contracts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import { reasonOf } from '../errors.ts';
import type { Logger } from './log.ts';

/** Changes the levels of this process as administrators say to all of them. */
export function followLogLevels(bus: Bus, logger: Logger): Promise<Subscription> {
  const { name, frames } = LOG_LEVEL_COMMANDS;
  return bus.follow(name, 'latest', ({ frame, position }) => {
    try {
      const { service, level } = frames.decode(frame);
      const tell = () => logger.event('log_level_changed', { of: service, to: level });
      // Ahead of a level that would leave it out itself: nobody silences a log without a line that says so.
      const isTold = logger.keeps(LOG_EVENTS.log_level_changed.level);
      if (isTold) tell();
      logger.levels.set(service, level);
      if (!isTold) tell();
    } catch (error) {
      logger.event('log_level_left_out', { position, reason: reasonOf(error) });
    }
  });
}
