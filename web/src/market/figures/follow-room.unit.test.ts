import type { FollowOptions, PriceUpdate, SocketConnection } from '@deltastream/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { followRoom, type RoomShown } from './follow-room.ts';

const NIFTY = { type: 'product', symbol: 'NIFTY' } as const;
const price = (seq: number) => ({ seq }) as PriceUpdate;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A room of which a test says what the server sends, and the frames in which it is drawn. */
function stand(responses: (PriceUpdate | null | Error)[]) {
  const shown: (readonly [seq: number | null, current: boolean])[] = [];
  let draw: (() => void) | null = null;
  let offer = (_update: PriceUpdate) => {};
  let options: FollowOptions = {};
  const unsubscribe = vi.fn();
  const subscribe = vi.fn(async (_request: unknown, onUpdate: typeof offer, given: FollowOptions) => {
    const response = responses.shift() ?? null;
    if (response instanceof Error) throw response;
    offer = onUpdate;
    options = given;
    return { snapshot: response, unsubscribe };
  });
  const stop = followRoom(
    { subscribe } as unknown as Pick<SocketConnection, 'subscribe'>,
    NIFTY,
    ({ update, current }: RoomShown<PriceUpdate>) => shown.push([update?.seq ?? null, current]),
    {
      request(next) {
        draw = next;
        return 1;
      },
      cancel: () => {
        draw = null;
      },
    },
  );
  return {
    shown,
    subscribe,
    unsubscribe,
    stop,
    offer: (seq: number) => offer(price(seq)),
    stands: (standing: 'current' | 'empty' | 'unknown') => options.onStanding?.(standing),
    frame() {
      draw?.();
      draw = null;
    },
  };
}

it('shows the newest once a frame', async () => {
  const room = stand([price(1)]);
  await vi.advanceTimersByTimeAsync(0);
  room.offer(2);
  room.offer(3);
  expect(room.shown).toEqual([]);
  room.frame();
  room.frame();
  expect(room.shown).toEqual([[3, true]]);
});

it('takes what it knew for no newest while the server is away, nor after its return until that says so', async () => {
  const room = stand([price(1)]);
  await vi.advanceTimersByTimeAsync(0);
  room.frame();
  room.stands('unknown');
  room.frame();
  room.stands('current');
  room.frame();
  room.stands('unknown');
  room.frame();
  room.offer(7);
  room.frame();
  expect(room.shown).toEqual([
    [1, true],
    [1, false],
    [1, true],
    [1, false],
    [7, true],
  ]);
});

it('shows nothing of what a server had that has nothing of the room after its restart', async () => {
  const room = stand([price(1)]);
  await vi.advanceTimersByTimeAsync(0);
  room.frame();
  room.stands('unknown');
  room.stands('empty');
  room.frame();
  expect(room.shown.at(-1)).toEqual([null, true]);
});

it('tries again while it is refused, and leaves a room that it was given too late', async () => {
  const room = stand([new Error('unknown room'), price(1)]);
  await vi.advanceTimersByTimeAsync(0);
  room.frame();
  expect(room.shown).toEqual([]);
  await vi.advanceTimersByTimeAsync(2_000);
  room.frame();
  expect(room.shown).toEqual([[1, true]]);
  room.offer(2);
  room.stop();
  room.frame();
  expect(room.shown).toHaveLength(1);
  expect(room.unsubscribe).toHaveBeenCalledOnce();

  const late = stand([price(1)]);
  late.stop();
  await vi.advanceTimersByTimeAsync(0);
  expect(late.unsubscribe).toHaveBeenCalledOnce();
});
