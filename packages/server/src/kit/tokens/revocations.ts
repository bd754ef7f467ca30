import { AUTH_REVOCATIONS, type Revocations } from '@deltastream/contracts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import { reasonOf } from '../errors.ts';
import type { Logger } from '../logging/log.ts';
import type { Denylist } from './denylist.ts';

const { name, frames } = AUTH_REVOCATIONS;
/** As the schema of the topic has it. */
const MAX_BATCH = 1000;

/** Fills a denylist from the bus, from now on. A frame that does not decode is logged and left out. */
export function followRevocations(bus: Bus, denylist: Denylist, logger: Logger): Promise<Subscription> {
  return bus.follow(name, 'latest', ({ frame, position }) => {
    try {
      denylist.add(frames.decode(frame));
    } catch (error) {
      logger.event('revocation_left_out', { topic: name, position, reason: reasonOf(error) });
    }
  });
}

export async function publishRevocations(bus: Bus, revocations: Revocations): Promise<void> {
  for (let i = 0; i < revocations.length; i += MAX_BATCH) {
    await bus.publish(name, frames.encode(revocations.slice(i, i + MAX_BATCH)));
  }
}
