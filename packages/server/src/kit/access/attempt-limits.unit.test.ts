import { afterEach, describe, expect, it, vi } from 'vitest';
import { createAttemptLimit, createDoubleLimit } from './attempt-limits.ts';

const limitOf = (attempts: number, windowSeconds = 60) => createAttemptLimit({ windowSeconds, attempts });

describe('attempt limits', () => {
  afterEach(() => vi.useRealTimers());

  it('count per key, tell the seconds to wait, and tell of the first refusal', async () => {
    const refused: string[] = [];
    const limit = createAttemptLimit({
      windowSeconds: 60,
      attempts: 3,
      onRefusal: (key) => refused.push(key),
    });
    for (let i = 0; i < 3; i++) await limit.count('a');
    const refusal = await limit.count('a').catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'too_many_requests' });
    const { retryAfterSeconds } = refusal as { retryAfterSeconds: number };
    expect(retryAfterSeconds).toBeGreaterThan(50);
    expect(retryAfterSeconds).toBeLessThanOrEqual(60);
    await limit.count('a').catch(() => undefined);
    await limit.count('b');
    expect(refused).toEqual(['a']);
  });

  it('forgive what was welcome', async () => {
    const limit = limitOf(1);
    for (let i = 0; i < 5; i++) {
      await limit.count('a');
      await limit.forgive('a');
    }
  });

  it('do not count against a subject what a network sends beyond its limit', async () => {
    const count = createDoubleLimit(limitOf(2), limitOf(3));
    for (let i = 0; i < 10; i++) await count('192.0.2.1', 'owner').catch(() => undefined);
    await count('192.0.2.2', 'owner');
    await expect(count('192.0.2.3', 'owner')).rejects.toMatchObject({ code: 'too_many_requests' });
    await count('192.0.2.3', 'other');
  });

  it('forget after the window', async () => {
    vi.useFakeTimers();
    const limit = limitOf(1, 60);
    await limit.count('a');
    const passes = () =>
      limit.count('a').then(
        () => true,
        () => false,
      );
    vi.advanceTimersByTime(59_000);
    expect(await passes()).toBe(false);
    vi.advanceTimersByTime(1_001);
    expect(await passes()).toBe(true);
  });
});
