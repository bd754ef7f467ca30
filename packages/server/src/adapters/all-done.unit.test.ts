import { expect, it } from 'vitest';
import { allDone } from './all-done.ts';

it('rejects with what failed first, and not before the last is settled', async () => {
  const [slow, early, late] = [1, 2, 3].map(() => Promise.withResolvers<void>());
  let settled = false;
  const done = allDone([slow.promise, late.promise, early.promise]).finally(() => {
    settled = true;
  });
  early.reject(new Error('the cause'));
  await Promise.allSettled([early.promise]);
  late.reject(new Error('a consequence'));
  await new Promise(setImmediate);
  expect(settled).toBe(false);
  slow.resolve();
  await expect(done).rejects.toThrow('the cause');
});
