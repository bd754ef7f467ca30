import { MARKET_CHAINS, WORKER_COMMANDS, WORKER_STATES, type WorkerState } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import type { Service } from '../../kit/lifecycle/service.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus, Consumer } from '../../ports/bus.ts';
import { createManualClock, type ManualClock } from '../../ports/clock.ts';
import { marketSchedule } from './market-schedule.ts';
import { createEnricher, type EnricherConfig } from './service.ts';

const BEAT_MS = 5;
/** A Wednesday. */
const at = (time: string) => Date.parse(`2026-08-19T${time}:00+05:30`);
const SCHEDULE = marketSchedule(['NIFTY', 'SENSEX'], { market: 32, offHours: 2 });

describe('an enricher while it runs', () => {
  let bus: Bus;
  let clock: ManualClock;
  const enrichers: Service[] = [];
  const states: WorkerState[] = [];
  const applied: number[] = [];

  beforeEach(async () => {
    bus = createMemoryBus();
    clock = createManualClock(at('09:00'));
    states.length = 0;
    applied.length = 0;
    await bus.follow(WORKER_STATES.name, 'latest', ({ frame }) =>
      states.push(WORKER_STATES.frames.decode(frame)),
    );
  });
  afterEach(async () => {
    await Promise.all(enrichers.splice(0).map((each) => each.stop()));
    await bus.close();
  });

  /** Sees what numbers the consumer of chains is given, the first one included. */
  const watched = (): Bus => ({
    ...bus,
    async consume(topic, group, handler, options) {
      const consumer: Consumer = await bus.consume(topic, group, handler, options);
      if (topic !== MARKET_CHAINS.name) return consumer;
      applied.push(options?.concurrency ?? 1);
      return {
        ...consumer,
        setConcurrency(next) {
          applied.push(next);
          consumer.setConcurrency(next);
        },
      };
    },
  });
  const start = async (config: EnricherConfig) => {
    const queue = createMemoryQueue();
    const parts = { bus: watched(), queue, clock, logger: silentLogger };
    const enricher = createEnricher(parts, { beatMs: BEAT_MS, ...config });
    enrichers.push(enricher);
    await enricher.start();
    return enricher;
  };
  const say = (command: Parameters<typeof WORKER_COMMANDS.frames.encode>[0]) =>
    bus.publish(WORKER_COMMANDS.name, WORKER_COMMANDS.frames.encode(command));
  const scale = (concurrency: number, worker: string | null = null, service = 'enricher') =>
    say({ kind: 'set_concurrency', service, worker, concurrency });

  it('follows the sessions of its products', async () => {
    await start({ concurrency: 8, schedule: SCHEDULE });
    expect(applied).toEqual([2]);
    clock.set(at('09:15'));
    await expect.poll(() => applied).toEqual([2, 32]);
    clock.set(at('15:40'));
    await expect.poll(() => applied).toEqual([2, 32, 2]);
    expect(states.at(-1)).toMatchObject({ concurrency: 2, concurrency_from: 'schedule', market_open: false });
  });

  it('begins with the number of the hour', async () => {
    clock.set(at('11:00'));
    await start({ schedule: SCHEDULE });
    expect(applied).toEqual([32]);
  });

  it('applies a command at once, until the next close', async () => {
    clock.set(at('11:00'));
    await start({ schedule: SCHEDULE });
    await scale(5);
    await expect.poll(() => applied).toEqual([32, 5]);
    await expect.poll(() => states.at(-1)).toMatchObject({ concurrency: 5, concurrency_from: 'command' });
    clock.set(at('12:00'));
    await new Promise((resolve) => setTimeout(resolve, 4 * BEAT_MS));
    expect(applied).toEqual([32, 5]);
    clock.set(at('16:00'));
    await expect.poll(() => applied).toEqual([32, 5, 2]);
  });

  it('applies what is meant for it only', async () => {
    await start({ concurrency: 3 });
    await start({ concurrency: 4 });
    await expect.poll(() => new Set(states.map(({ worker }) => worker)).size).toBe(2);
    const second = states.find(({ concurrency }) => concurrency === 4)?.worker ?? '';
    await scale(9, second);
    await scale(7, null, 'storage');
    await expect
      .poll(() =>
        states
          .slice(-2)
          .map(({ concurrency }) => concurrency)
          .sort(),
      )
      .toEqual([3, 9]);
    expect(applied).toEqual([3, 4, 9]);
  });

  it('reports when asked, and says when it ends', async () => {
    const enricher = await start({ concurrency: 3, beatMs: 60_000 });
    await expect.poll(() => states).toHaveLength(1);
    await say({ kind: 'report' });
    await expect.poll(() => states).toHaveLength(2);
    expect(states[1]).toMatchObject({
      service: 'enricher',
      concurrency: 3,
      concurrency_from: 'setting',
      pid: process.pid,
    });
    expect(states[1]).toMatchObject({ market_open: null, ended: false });
    await enricher.stop();
    await expect.poll(() => states.at(-1)?.ended).toBe(true);
  });
});

it('a schedule needs products whose sessions are known', () => {
  expect(() => marketSchedule(['NIFTY', 'UNHEARD'], { market: 1, offHours: 1 })).toThrow(/"UNHEARD"/);
  const roundTheClock = marketSchedule(['NIFTY', 'BTC'], { market: 1, offHours: 1 });
  expect(roundTheClock.isOpen(at('03:00'))).toBe(true);
});
