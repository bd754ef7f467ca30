import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { unlessAborted, within } from './bounded-wait.ts';

const never = () => new Promise<never>(() => {});
const late = () => 'late' as const;

describe('a wait with a time limit', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('settles as the work does, and leaves no timer', async () => {
    expect(await within(1000, Promise.resolve(7), late)).toBe(7);
    await expect(within(1000, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends when the time is up, with what was to be returned or thrown', async () => {
    const waits = [
      within(1000, never(), late),
      within(1000, never(), () => {
        throw new Error('no response');
      }).catch(String),
    ];
    const settled = vi.fn();
    void Promise.all(waits).then(settled);
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledWith(['late', 'Error: no response']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ignores how the work ends after that: a rejection is not an unhandled one', async () => {
    const work = Promise.withResolvers<void>();
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const waited = within(10, work.promise, late);
    await vi.advanceTimersByTimeAsync(10);
    expect(await waited).toBe('late');
    work.reject(new Error('too late'));
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});

describe('a wait that a signal ends', () => {
  it('settles as the work does, and leaves no listener', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    expect(await unlessAborted(signal, Promise.resolve(7), late)).toBe(7);
    await expect(unlessAborted(signal, Promise.reject(new Error('broken')), late)).rejects.toThrow('broken');
    expect(remove).toHaveBeenCalledTimes(2);
  });

  it('ends with the signal, at once where it is aborted already, and never without one', async () => {
    const controller = new AbortController();
    const waited = unlessAborted(controller.signal, never(), late);
    controller.abort();
    expect(await waited).toBe('late');
    expect(await unlessAborted(controller.signal, Promise.resolve(7), late)).toBe('late');
    expect(await unlessAborted(undefined, Promise.resolve(7), late)).toBe(7);
  });
});
