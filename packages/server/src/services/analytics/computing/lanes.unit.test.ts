import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../kit/logging/log.ts';
import { ANALYTICS } from '../settings.ts';
import { createLanes } from './lanes.ts';

describe('lanes', () => {
  const lanesOf = (asOfThreads: number, maxWaitingAsOf: number) =>
    createLanes({ ...ANALYTICS.defaults, asOfThreads, maxWaitingAsOf }, silentLogger);

  it('do so much as of an instant at a time, and refuse more than may wait before they begin', async () => {
    const lanes = lanesOf(2, 3);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const begun: number[] = [];
    const asked = Array.from({ length: 10 }, (_, i) =>
      lanes.run('asOf', async () => {
        begun.push(i);
        await released;
        return i;
      }),
    );
    const settled = Promise.allSettled(asked);
    await Promise.allSettled(asked.slice(5));
    expect(begun).toEqual([0, 1]);
    release();
    const results = await settled;
    expect(results.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))).toEqual([
      0, 1, 2, 3, 4,
    ]);
    for (const each of results.slice(5)) {
      expect(each).toMatchObject({
        reason: {
          code: 'unavailable',
          retryAfterSeconds: 1,
          message: '3 surfaces and forecasts as of an instant wait to be computed already',
        },
      });
    }
    expect(await lanes.run('asOf', async () => 'later')).toBe('later');
    await lanes.stop();
  });

  it('let nothing live wait for what is as of an instant', async () => {
    const lanes = lanesOf(1, 1);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const asOf = [1, 2, 3].map(() => lanes.run('asOf', () => released));
    expect(await lanes.run('live', async () => 'at once')).toBe('at once');
    release();
    await Promise.allSettled(asOf);
  });

  it('hand on what the work itself rejects with', async () => {
    const failing = async () => {
      throw new Error('no chain');
    };
    await expect(lanesOf(1, 1).run('asOf', failing)).rejects.toThrow('no chain');
  });
});
