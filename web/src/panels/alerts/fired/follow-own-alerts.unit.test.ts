import { SubscriptionError } from '@deltastream/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { followOwnAlerts, type OwnAlert } from './follow-own-alerts.ts';

const firing = (seq: number) => ({ id: `f${seq}`, seq }) as OwnAlert;

/** A connection whose answers a test gives. */
function stand() {
  let answer = (_snapshot: readonly OwnAlert[]) => {};
  let refuse = (_error: Error) => {};
  let tell = (_firing: OwnAlert) => {};
  const unsubscribe = vi.fn();
  const subscribe = vi.fn((_request: unknown, onUpdate: (firing: OwnAlert) => void) => {
    tell = onUpdate;
    return new Promise((resolve, reject) => {
      answer = (snapshot) => resolve({ snapshot, unsubscribe });
      refuse = reject;
    });
  });
  const told: number[] = [];
  const onFollowed = vi.fn();
  const leave = followOwnAlerts({ subscribe } as never, 'me', {
    onFiring: ({ seq }) => told.push(seq),
    onFollowed,
  });
  return {
    ...{ told, leave, subscribe, unsubscribe, onFollowed },
    tell: (seq: number) => tell(firing(seq)),
    async answers(...seqs: number[]) {
      answer(seqs.map(firing));
      await vi.advanceTimersByTimeAsync(0);
    },
    async refuses(error: Error) {
      refuse(error);
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

describe('what the rules of the reader fire', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is told once, and what fired before is not', async () => {
    const { told, tell, answers } = stand();
    await answers(3, 4);
    for (const seq of [4, 5, 5, 6, 3]) tell(seq);
    expect(told).toEqual([5, 6]);
  });

  it('is told where it came before the answer, too', async () => {
    const { told, tell, answers, onFollowed } = stand();
    tell(5);
    await answers(3, 4);
    expect(told).toEqual([5]);
    expect(onFollowed).toHaveBeenCalledTimes(1);
  });

  it('is asked for again where the server was not ready', async () => {
    const { subscribe, refuses } = stand();
    await refuses(new SubscriptionError('timeout', 'no answer'));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(subscribe).toHaveBeenCalledTimes(2);
  });

  it('is not asked for again where the reader may not have it', async () => {
    const { subscribe, refuses, onFollowed } = stand();
    await refuses(new SubscriptionError('unauthenticated', 'log in'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(subscribe).toHaveBeenCalledTimes(1);
    expect(onFollowed).not.toHaveBeenCalled();
  });

  it('is left, also before the answer came', async () => {
    const { leave, answers, unsubscribe, told, tell } = stand();
    leave();
    await answers();
    expect(unsubscribe).toHaveBeenCalledTimes(1);
    tell(1);
    expect(told).toEqual([]);
  });
});
