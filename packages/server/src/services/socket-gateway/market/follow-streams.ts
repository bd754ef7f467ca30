import {
  ALERTS,
  ENRICHED_CHAINS,
  ENRICHED_SURFACES,
  ENRICHED_TICKS,
  type Topic,
} from '@deltastream/contracts';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import type { MarketState } from './market-state.ts';

interface StreamListener {
  onLate(topic: string): void;
  onMalformed(topic: string, position: Position, reason: string): void;
}

/**
 * Brings everything that is published from now on into the state; a malformed frame is left out. `follows` gets
 * each subscription as soon as there is one, so that it can be stopped although another fails.
 */
export async function followStreams(
  bus: Bus,
  state: MarketState,
  follows: Subscription[],
  listener: StreamListener,
): Promise<void> {
  const follow = async <T>({ name, frames }: Topic<T>, accept: (message: T) => boolean): Promise<void> => {
    const followed = await bus.follow(name, 'latest', ({ frame, position }) => {
      try {
        if (!accept(frames.decode(frame))) listener.onLate(name);
      } catch (error) {
        listener.onMalformed(name, position, reasonOf(error));
      }
    });
    follows.push(followed);
  };
  await follow(ENRICHED_TICKS, state.acceptTick);
  await follow(ENRICHED_CHAINS, state.acceptChain);
  await follow(ENRICHED_SURFACES, state.acceptSurface);
  await follow(ALERTS, state.acceptAlert);
}
