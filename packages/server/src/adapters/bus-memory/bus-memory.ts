import { DeltaStreamError } from '../../kit/errors.ts';
import type { Bus, BusStats, DeadLetter } from '../../ports/bus.ts';
import { type MemoryBusOptions, memoryBusSettings } from './memory-bus-settings.ts';
import { createMemoryTopic, type MemoryTopic } from './memory-topic.ts';

/** The bus of one process: bounded, asynchronous, gone when the process ends. */
export function createMemoryBus(options: MemoryBusOptions = {}): Bus {
  const settings = memoryBusSettings(options);
  const topics = new Map<string, MemoryTopic>();
  const owners = new Map<string, string>();
  let closed = false;

  const topic = (name: string): MemoryTopic => {
    if (closed) throw new DeltaStreamError('stopped', `bus is closed; topic ${name} is not available`);
    let found = topics.get(name);
    if (!found) {
      found = createMemoryTopic(name, settings);
      topics.set(name, found);
    }
    return found;
  };

  return {
    // It is where its users are.
    connection: { connected: true, reason: null, onChange: () => () => {} },
    publish: async (name, frame) => topic(name).publish(frame),
    consume: async (name, group, handler, consumeOptions) =>
      topic(name)
        .group(group)
        .join(handler, consumeOptions?.concurrency ?? 1),
    async claim(group, owner, { takeOver = false } = {}) {
      const held = takeOver ? owner : (owners.get(group) ?? owner);
      owners.set(group, held);
      return held;
    },
    follow: async (name, from, handler) => topic(name).follow(from, handler),
    deadLetters: async (name, limit = Number.POSITIVE_INFINITY): Promise<DeadLetter[]> =>
      topics.get(name)?.deadLetters().slice(-limit) ?? [],
    deadLetter: async (name, id) =>
      topics
        .get(name)
        ?.deadLetters()
        .find((letter) => letter.id === id) ?? null,
    async replayDeadLetter(name, id) {
      const letter = topic(name).takeDeadLetter(id);
      if (letter) await topic(name).publish(letter.frame);
      return letter !== null;
    },
    discardDeadLetter: async (name, id) => topics.get(name)?.takeDeadLetter(id) != null,
    pressure: (name) => topics.get(name)?.pressure() ?? 0,
    checks: () => [],
    stats: (): BusStats[] => [...topics.values()].flatMap((each) => each.stats()),
    async drained() {
      // A handler of one topic may publish to the next, so one quiet pass over all topics is needed.
      while ([...topics.values()].some((each) => each.busy())) {
        await Promise.all([...topics.values()].map((each) => each.drained()));
      }
    },
    async close() {
      closed = true;
      await Promise.all([...topics.values()].map((each) => each.close()));
    },
  };
}
