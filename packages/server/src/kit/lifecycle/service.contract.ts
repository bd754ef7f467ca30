import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import type { Bus, Subscription } from '../../ports/bus.ts';
import { type Clock, systemClock } from '../../ports/clock.ts';
import type { Queue, QueueWorker } from '../../ports/queue.ts';
import { type Logger, silentLogger } from '../logging/log.ts';
import type { Service } from './service.ts';

/** What a service is given in the suite; what it does not need of it, it leaves. */
export interface ContractPorts {
  readonly bus: Bus;
  readonly queue: Queue;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Its start is to fail; bus and queue see to that where the service subscribes to something. */
  readonly failing: boolean;
}

export interface ServiceContractOptions {
  /** Which of the subscriptions of its start is to fail; 2, so that there is something to end. */
  readonly failsAt?: number;
  /** Nothing that it does at its start can fail. */
  readonly cannotFail?: boolean;
}

/**
 * What every service does at its start and its stop, whatever it is for. `open` makes one that has not started, on
 * these ports. Timers stand still, so that one that is left is seen.
 */
export function serviceContract(
  name: string,
  open: (ports: ContractPorts) => Service | Promise<Service>,
  { failsAt = 2, cannotFail = false }: ServiceContractOptions = {},
): void {
  describe(`lifecycle of a service: ${name}`, () => {
    let closers: (() => Promise<unknown>)[];
    beforeEach(() => {
      closers = [];
      vi.useFakeTimers({
        toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'],
      });
    });
    afterEach(async () => {
      vi.useRealTimers();
      for (const close of closers) await close();
    });

    async function opened(subscribing: Subscribing = async () => {}, failing = false) {
      const ports = createWatchedPorts(subscribing);
      closers.push(ports.close);
      const timersBefore = vi.getTimerCount();
      const service = await open({ ...ports, clock: systemClock, logger: silentLogger, failing });
      const left = async () => {
        // A schedule is the queue's.
        await ports.close();
        return [ports.live(), vi.getTimerCount() - timersBefore];
      };
      return { service, left };
    }
    const isReady = async (service: Service) => (await service.ready()).every(({ ok }) => ok);
    const codeOf = (error: { code?: string }) => error.code;

    it('is ready from its start to its stop, and leaves neither subscription nor timer', async () => {
      const { service, left } = await opened();
      expect(await isReady(service)).toBe(false);
      await Promise.all([service.start(), service.start()]);
      expect(await isReady(service)).toBe(true);
      await Promise.all([service.stop(), service.stop()]);
      await service.stop();
      expect(await isReady(service)).toBe(false);
      expect(await left()).toEqual([0, 0]);
    });

    it('can be stopped before its start, and does not start then', async () => {
      const { service, left } = await opened();
      await service.stop();
      expect(await service.start().catch(codeOf)).toBe('stopped');
      expect(await isReady(service)).toBe(false);
      expect(await left()).toEqual([0, 0]);
    });

    it('can be stopped during its start', async () => {
      const { service, left } = await opened();
      const started = service.start().catch(codeOf);
      await service.stop();
      expect(await started).toBe('stopped');
      expect(await isReady(service)).toBe(false);
      expect(await left()).toEqual([0, 0]);
    });

    it('stops in time although its start does not end, and ends what that begins later', async () => {
      const waiting = Promise.withResolvers<void>();
      const { service, left } = await opened(() => waiting.promise);
      const started = service.start().catch(codeOf);
      const stopped = service.stop();
      await vi.advanceTimersByTimeAsync(LONGEST_STOP_MS);
      await stopped;
      waiting.resolve();
      expect(await started).toBe('stopped');
      await vi.advanceTimersByTimeAsync(LONGEST_STOP_MS);
      expect(await left()).toEqual([0, 0]);
    });

    it.skipIf(cannotFail)(
      'ends what it had begun when its start fails, and fails the same again',
      async () => {
        let subscriptions = 0;
        const fails = async () => {
          if (++subscriptions === failsAt) throw new Error('the bus is away');
        };
        const { service, left } = await opened(fails, true);
        const failure = await service.start().then(
          () => null,
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(Error);
        await expect(service.start()).rejects.toBe(failure);
        expect(await isReady(service)).toBe(false);
        expect(await left()).toEqual([0, 0]);
        await service.stop();
      },
    );
  });
}

/** No service is given longer than that. */
const LONGEST_STOP_MS = 20_000;

type Subscribing = () => Promise<void>;

/** Memory adapters that count what is subscribed and not stopped; `subscribing` runs before each subscription. */
function createWatchedPorts(subscribing: Subscribing) {
  const bus = createMemoryBus();
  const queue = createMemoryQueue();
  const open = new Set<Subscription | QueueWorker>();
  const watched = async <Part extends Subscription | QueueWorker>(subscribe: () => Promise<Part>) => {
    await subscribing();
    const part = await subscribe();
    const own = {
      ...part,
      async stop() {
        await part.stop();
        open.delete(own);
      },
    };
    open.add(own);
    return own;
  };
  return {
    bus: {
      ...bus,
      consume: (...given) => watched(() => bus.consume(...given)),
      follow: (...given) => watched(() => bus.follow(...given)),
    } satisfies Bus as Bus,
    queue: {
      ...queue,
      process: (...given) => watched(() => queue.process(...given)),
    } satisfies Queue as Queue,
    live: () => open.size,
    close: () => Promise.all([bus.close(), queue.close()]),
  };
}
