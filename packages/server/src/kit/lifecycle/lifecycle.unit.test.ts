import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../logging/log.ts';
import { createLifecycle, type LifecycleWork } from './lifecycle.ts';

const never = () => new Promise<never>(() => {});
const lines: string[] = [];
const logger = createLogger('warn', { write: (line: string) => void lines.push(line) });

function lifecycleOf(work: Partial<LifecycleWork> = {}) {
  const start = vi.fn(work.start ?? (async () => {}));
  const stop = vi.fn(work.stop ?? (async () => {}));
  const lifecycle = createLifecycle({ name: 'feed', logger, stopTimeoutMs: 1000, start, stop });
  return { lifecycle, start, stop };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  lines.length = 0;
});

describe('a lifecycle', () => {
  it('says how it stands', async () => {
    const { lifecycle } = lifecycleOf();
    const seen = [lifecycle.problem()];
    const started = lifecycle.start();
    seen.push(lifecycle.problem());
    await started;
    seen.push(lifecycle.problem());
    const stopped = lifecycle.stop();
    seen.push(lifecycle.problem());
    await stopped;
    expect([...seen, lifecycle.problem()]).toEqual(['not started', 'starting', null, 'stopping', 'stopped']);
  });

  it('starts once and stops once, however often it is told', async () => {
    const { lifecycle, start, stop } = lifecycleOf();
    await Promise.all([lifecycle.start(), lifecycle.start()]);
    await Promise.all([lifecycle.stop(), lifecycle.stop()]);
    await lifecycle.stop();
    expect([start.mock.calls.length, stop.mock.calls.length]).toEqual([1, 1]);
  });

  it('ends what was made before a start, and does not start after a stop', async () => {
    const { lifecycle, start, stop } = lifecycleOf();
    await lifecycle.stop();
    expect(stop).toHaveBeenCalledOnce();
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'stopped' });
    expect(start).not.toHaveBeenCalled();
  });

  it('ends what a failed start had begun, once, and rejects with the reason, again too', async () => {
    const { lifecycle, start, stop } = lifecycleOf({
      start: async () => {
        throw new Error('no such file');
      },
      stop: async () => {
        throw new Error('nor this');
      },
    });
    await expect(lifecycle.start()).rejects.toThrow('no such file');
    await expect(lifecycle.start()).rejects.toThrow('no such file');
    expect(lifecycle.problem()).toBe('no such file');
    await lifecycle.stop();
    await expect(lifecycle.start()).rejects.toMatchObject({ code: 'stopped' });
    expect([start.mock.calls.length, stop.mock.calls.length]).toEqual([1, 1]);
    expect(lines.join()).toContain('nor this');
  });

  it('waits for a start under way, tells it, and then ends what it began', async () => {
    const order: string[] = [];
    const { lifecycle } = lifecycleOf({
      start: (stopping) =>
        new Promise((resolve) => {
          stopping.addEventListener('abort', () => {
            order.push('told');
            setTimeout(() => {
              order.push('begun');
              resolve();
            }, 100);
          });
        }),
      stop: async (leftMs) => {
        order.push(`ended in ${leftMs}`);
      },
    });
    const started = lifecycle.start().catch(({ code }) => code);
    const stopped = lifecycle.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    expect(order).toEqual(['told', 'begun', 'ended in 900']);
    expect(await started).toBe('stopped');
    expect(lifecycle.problem()).toBe('stopped');
  });

  it('waits for half of its time, and ends what the start begins later, too', async () => {
    const begun = Promise.withResolvers<void>();
    const { lifecycle, stop } = lifecycleOf({ start: () => begun.promise });
    const started = lifecycle.start().catch(({ code }) => code);
    const stopped = lifecycle.stop();
    await vi.advanceTimersByTimeAsync(499);
    expect(stop).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await stopped;
    expect(stop.mock.calls).toEqual([[500]]);
    begun.resolve();
    expect(await started).toBe('stopped');
    expect(stop).toHaveBeenCalledTimes(2);
  });

  it('takes its time and no more, and says that something did not end', async () => {
    const { lifecycle } = lifecycleOf({ stop: never });
    await lifecycle.start();
    const stopped = vi.fn();
    void lifecycle.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(1249);
    expect(stopped).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(stopped).toHaveBeenCalledOnce();
    expect(lines.join()).toContain('took too long');
    expect(lifecycle.problem()).toBe('stopped');
  });

  it('rejects with what the stop could not do, and has stopped all the same', async () => {
    const { lifecycle } = lifecycleOf({ stop: () => Promise.reject(new Error('still busy')) });
    await lifecycle.start();
    await expect(lifecycle.stop()).rejects.toThrow('still busy');
    expect(lifecycle.problem()).toBe('stopped');
  });
});
