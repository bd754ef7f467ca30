import { isPermanent } from '../../../kit/errors.ts';
import type { BusStats, Consumer, FrameHandler, Position } from '../../../ports/bus.ts';
import type { BusSettings } from './bus-settings.ts';
import type { DeadLetters } from './dead-letters.ts';

export interface MemoryGroup {
  /** A promise when the publisher has to wait for room, else null. */
  push(frame: Uint8Array, position: Position): Promise<void> | null;
  join(handler: FrameHandler, concurrency: number): Consumer;
  /** `length` is the topic's to know. */
  stats(): Omit<BusStats, 'length'>;
  /** Share of the bound that is not acknowledged. */
  pressure(): number;
  busy(): boolean;
  drained(): Promise<void>;
  close(): Promise<void>;
}

interface Entry {
  readonly frame: Uint8Array;
  readonly position: Position;
  deliveries: number;
}

interface Member {
  readonly handler: FrameHandler;
  concurrency: number;
  readonly running: Set<Promise<void>>;
  stopped: boolean;
}

export function createMemoryGroup(
  topic: string,
  name: string,
  settings: BusSettings,
  dead: DeadLetters,
  contexts: WeakMap<Uint8Array, string>,
): MemoryGroup {
  const ready = createFifo<Entry>();
  const members = new Set<Member>();
  const redeliveryTimers = new Set<NodeJS.Timeout>();
  const roomWaiters: (() => void)[] = [];
  const drainWaiters: (() => void)[] = [];
  let unacknowledged = 0;
  let unacknowledgedBytes = 0;
  let redeliveries = 0;
  let lostTotal = 0;
  let closed = false;
  let scheduled = false;

  const release = (entry: Entry) => {
    unacknowledged -= 1;
    unacknowledgedBytes -= entry.frame.byteLength;
    if (unacknowledgedBytes <= settings.maxBacklogBytes) for (const wake of roomWaiters.splice(0)) wake();
    if (unacknowledged === 0) for (const wake of drainWaiters.splice(0)) wake();
  };

  const bury = (entry: Entry, error: unknown) => {
    dead.bury(entry, name, error);
    release(entry);
  };

  const redeliverLater = (entry: Entry) => {
    const timer = setTimeout(() => {
      redeliveryTimers.delete(timer);
      redeliveries += 1;
      ready.push(entry);
      schedule();
    }, settings.redeliveryDelayMs);
    redeliveryTimers.add(timer);
  };

  const deliver = async (member: Member, entry: Entry) => {
    entry.deliveries += 1;
    try {
      const { frame, position, deliveries } = entry;
      await member.handler({ frame, position, deliveries, context: contexts.get(frame) });
      release(entry);
    } catch (error) {
      if (isPermanent(error) || entry.deliveries >= settings.maxDeliveries) bury(entry, error);
      else if (!closed) redeliverLater(entry);
    }
  };

  const pump = () => {
    scheduled = false;
    for (const member of members) {
      while (!member.stopped && member.running.size < member.concurrency && ready.size() > 0) {
        const run = deliver(member, ready.shift() as Entry).finally(() => {
          member.running.delete(run);
          schedule();
        });
        member.running.add(run);
      }
    }
  };

  const schedule = () => {
    if (scheduled || closed) return;
    scheduled = true;
    setImmediate(pump);
  };

  const shed = () => {
    while (unacknowledgedBytes > settings.maxBacklogBytes && ready.size() > 0) {
      release(ready.shift() as Entry);
      lostTotal += 1;
    }
  };

  const stopMember = async (member: Member) => {
    member.stopped = true;
    members.delete(member);
    await Promise.all(member.running);
  };

  return {
    push(frame, position) {
      ready.push({ frame, position, deliveries: 0 });
      unacknowledged += 1;
      unacknowledgedBytes += frame.byteLength;
      schedule();
      if (unacknowledgedBytes <= settings.maxBacklogBytes) return null;
      if (settings.overflow === 'wait') return new Promise((resolve) => roomWaiters.push(resolve));
      shed();
      return null;
    },
    join(handler, concurrency) {
      const member: Member = { handler, concurrency, running: new Set(), stopped: false };
      members.add(member);
      schedule();
      return {
        setConcurrency(next) {
          member.concurrency = next;
          schedule();
        },
        stop: () => stopMember(member),
      };
    },
    stats: () => ({
      topic,
      group: name,
      backlog: unacknowledged,
      pending: unacknowledged - ready.size(),
      redeliveries,
      deadLetters: dead.total(name),
      lostTotal,
      oldestAgeMs: null,
    }),
    pressure: () => unacknowledgedBytes / settings.maxBacklogBytes,
    busy: () => unacknowledged > 0 && !closed,
    drained: () =>
      unacknowledged === 0 || closed
        ? Promise.resolve()
        : new Promise((resolve) => drainWaiters.push(resolve)),
    async close() {
      closed = true;
      for (const timer of redeliveryTimers) clearTimeout(timer);
      redeliveryTimers.clear();
      await Promise.all([...members].map(stopMember));
      for (const wake of [...roomWaiters.splice(0), ...drainWaiters.splice(0)]) wake();
    },
  };
}

/** First in, first out in constant time: `Array.shift` of a long backlog is not. */
function createFifo<T>() {
  let items: T[] = [];
  let head = 0;
  return {
    size: () => items.length - head,
    push: (item: T) => {
      items.push(item);
    },
    shift: (): T | undefined => {
      const item = items[head];
      head += 1;
      if (head > 1024 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
