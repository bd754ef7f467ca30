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

/** Brings everything that is published from now on into the state; a malformed frame is left out. */
export async function followStreams(
  bus: Bus,
  state: MarketState,
  listener: StreamListener,
): Promise<Subscription[]> {
  const follow = <T>({ name, frames }: Topic<T>, accept: (message: T) => boolean): Promise<Subscription> =>
    bus.follow(name, 'latest', ({ frame, position }) => {
      try {
        if (!accept(frames.decode(frame))) listener.onLate(name);
      } catch (error) {
        listener.onMalformed(name, position, reasonOf(error));
      }
    });
  return Promise.all([
    follow(ENRICHED_TICKS, state.acceptTick),
    follow(ENRICHED_CHAINS, state.acceptChain),
    follow(ENRICHED_SURFACES, state.acceptSurface),
    follow(ALERTS, state.acceptAlert),
  ]);
}
