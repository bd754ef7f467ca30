import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Bucket, RateLimiter } from './rate-limiter.ts';

const bucket = (key: string, perSecond: number, burst: number): Bucket => ({ key, perSecond, burst });

/** What every rate limiter must do. `open` resolves with one that has no buckets. */
export function rateLimiterContract(name: string, open: () => Promise<RateLimiter>): void {
  describe(`rate limiter: ${name}`, () => {
    it('allows the burst, then says how long to wait', async () => {
      const limiter = await open();
      const slow = [bucket('a', 0.005, 3)];
      const responses = [];
      for (let i = 0; i < 4; i++) responses.push(await limiter.take(slow));
      expect(responses.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
        [true, 2],
        [true, 1],
        [true, 0],
        [false, 0],
      ]);
      expect(responses[0].waitMs).toBe(0);
      expect(responses[3].waitMs).toBeGreaterThan(150_000);
      expect(responses[3].waitMs).toBeLessThanOrEqual(200_000);
      expect(responses[3].fullMs).toBeGreaterThan(500_000);
      expect(responses[3].fullMs).toBeLessThanOrEqual(600_000);
      await limiter.close();
    });

    it('fills again with time, up to the burst', async () => {
      const limiter = await open();
      const quick = [bucket('a', 5, 2)];
      while ((await limiter.take(quick)).allowed);
      await sleep(450);
      const responses = [];
      for (let i = 0; i < 2; i++) responses.push((await limiter.take(quick)).allowed);
      expect(responses).toEqual([true, true]);
      await limiter.close();
    });

    it('counts each key apart', async () => {
      const limiter = await open();
      expect((await limiter.take([bucket('a', 0.1, 1)])).allowed).toBe(true);
      expect((await limiter.take([bucket('b', 0.1, 1)])).allowed).toBe(true);
      expect((await limiter.take([bucket('a', 0.1, 1)])).allowed).toBe(false);
      await limiter.close();
    });

    it('takes from all of its buckets or from none, and speaks of the emptiest', async () => {
      const limiter = await open();
      const both = [bucket('wide', 0.1, 10), bucket('narrow', 0.1, 1)];
      expect(await limiter.take(both)).toMatchObject({ allowed: true, remaining: 0 });
      expect((await limiter.take(both)).allowed).toBe(false);
      expect(await limiter.take([both[0]])).toMatchObject({ allowed: true, remaining: 8 });
      await limiter.close();
    });

    it('never allows more than the burst to many at once', async () => {
      const limiter = await open();
      const asked = Array.from({ length: 100 }, () => limiter.take([bucket('a', 0.1, 7)]));
      const allowed = (await Promise.all(asked)).filter((each) => each.allowed);
      expect(allowed).toHaveLength(7);
      await limiter.close();
    });
  });
}
