import { expect, it, vi } from 'vitest';
import { createLateThread } from './late-thread.ts';
import type { SupervisedThread } from './supervised-thread.ts';

const threadOf = (answer: unknown) => ({
  ask: vi.fn(async () => answer),
  problem: () => 'it is away',
  close: vi.fn(async () => {}),
});

it('is started by its first request, once', async () => {
  const thread = threadOf('done');
  const start = vi.fn(async (): Promise<SupervisedThread> => thread);
  const late = createLateThread(start);
  expect(start).not.toHaveBeenCalled();
  expect(late.problem()).toBeNull();
  expect(await Promise.all([late.ask({ a: 1 }), late.ask({ a: 2 })])).toEqual(['done', 'done']);
  expect(start).toHaveBeenCalledTimes(1);
  expect(late.problem()).toBe('it is away');
  await late.close(5);
  await late.close(5);
  expect(thread.close).toHaveBeenCalledExactlyOnceWith(5);
  await expect(late.ask({})).rejects.toMatchObject({ code: 'stopped' });
});

it('that cannot be started says why, and is tried again by the next request', async () => {
  const start = vi.fn(async (): Promise<SupervisedThread> => threadOf('done'));
  start.mockRejectedValueOnce(new Error('no room'));
  const late = createLateThread(start);
  await expect(late.ask({})).rejects.toThrow('no room');
  expect(await late.ask({})).toBe('done');
});

it('that nothing was asked of is closed without being started', async () => {
  const start = vi.fn(async (): Promise<SupervisedThread> => threadOf('done'));
  await createLateThread(start).close(5);
  expect(start).not.toHaveBeenCalled();
});
