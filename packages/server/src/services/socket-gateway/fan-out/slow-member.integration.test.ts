import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SlowConsumerBounds } from '../connections/slow-consumers.ts';
import {
  networkOf,
  openFanOut,
  receiveAll,
  type TestChannel,
  testChannel,
  webSocketOf,
} from './fan-out.fixture.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const BYTES = 100_000;

/** One member that has stopped reading and one that reads, and updates until the first misses some. */
async function startWithSlowMember(bounds: Partial<SlowConsumerBounds>) {
  const opened = await openFanOut({ lookMs: 10, ...bounds });
  open.push(opened.close);
  const channel = testChannel('state');
  const quiet = testChannel('quiet');
  const slow = await opened.join({}, [channel, quiet]);
  const fast = await opened.join({}, [channel]);
  const received = { slow: receiveAll(slow.client), fast: receiveAll(fast.client) };
  const gone = new Promise<unknown[]>((resolve) => slow.client.once('disconnect', (...why) => resolve(why)));
  let sent = 0;
  const send = async (to: TestChannel = channel) => {
    sent += 1;
    to.push({ n: sent, filler: 'x'.repeat(BYTES) });
    opened.fanOut.due(to);
    await vi.waitFor(() => expect(received.fast).toHaveLength(sent), { interval: 1 });
  };
  const webSocket = webSocketOf(slow.client);
  webSocket.pause();
  // A WebSocket that does not read does not close either.
  open.unshift(async () => webSocket.resume());
  while (opened.fanOut.stats().missed === 0 && sent < 500) await send();
  expect(opened.fanOut.stats().missed).toBe(1);
  return { ...opened, channel, quiet, slow, received, gone, send, sent: () => sent };
}

const numbers = (received: readonly [string, unknown][]) =>
  received.map(([event, value]) => [event, (value as { n: number }).n]);

describe('fan-out: members that read too slowly', () => {
  it('lets one miss flushes and gives it the full state of what it missed when it reads again', async () => {
    const { fanOut, cuts, slow, received, send, sent } = await startWithSlowMember({});
    const before = sent() - 1;
    for (let i = 0; i < 5; i++) await send();
    expect(fanOut.stats()).toMatchObject({ missed: 6, caughtUp: 0 });
    webSocketOf(slow.client).resume();
    await vi.waitFor(() => expect(fanOut.stats().caughtUp).toBe(1));
    const last = sent();
    await vi.waitFor(() => expect(numbers(received.slow).at(-1)).toEqual(['state:resync', last]));
    await send();
    await vi.waitFor(() => expect(numbers(received.slow).at(-1)).toEqual(['state', last + 1]));
    expect(numbers(received.slow)).toEqual([
      ...Array.from({ length: before }, (_, i) => ['state', i + 1]),
      ['state:resync', last],
      ['state', last + 1],
    ]);
    expect(numbers(received.fast)).toEqual(Array.from({ length: last + 1 }, (_, i) => ['state', i + 1]));
    expect(fanOut.stats().packets).toBe(0);
    expect(cuts).toEqual([]);
  });

  it('holds no more for it than one flush beyond what the network took', async () => {
    const { slow, send } = await startWithSlowMember({});
    const { writableLength } = networkOf(slow.member);
    for (let i = 0; i < 20; i++) await send();
    expect(networkOf(slow.member).writableLength).toBe(writableLength);
    expect(writableLength).toBeLessThanOrEqual(2 * (BYTES + 100));
  });

  it('cuts one that stays behind, with the reason, and no other', async () => {
    const { fanOut, cuts, io, channel, slow, gone, send } = await startWithSlowMember({ maxBehindMs: 100 });
    await vi.waitFor(() => expect(cuts).toHaveLength(1));
    expect(cuts).toEqual([expect.stringContaining('reads too slowly')]);
    expect(fanOut.members(channel)).toBe(1);
    expect(io.engine.clientsCount).toBe(1);
    await send();
    webSocketOf(slow.client).resume();
    expect(await gone).toMatchObject([
      'transport close',
      { context: { code: 1013, reason: expect.stringContaining('reads too slowly') } },
    ]);
  });

  it('cuts one at once for whom more waits than the bound', async () => {
    const { cuts, io } = await startWithSlowMember({ maxQueuedBytes: BYTES / 10, behindBytes: BYTES / 10 });
    await vi.waitFor(() => expect(cuts).toHaveLength(1));
    expect(io.engine.clientsCount).toBe(1);
  });

  it('asks nothing of one that left while it was behind', async () => {
    const { fanOut, cuts, channel, slow, received } = await startWithSlowMember({});
    fanOut.leave(slow.member, channel);
    webSocketOf(slow.client).resume();
    await sleep(100);
    expect(fanOut.stats().caughtUp).toBe(0);
    expect(cuts).toEqual([]);
    expect(numbers(received.slow).every(([event]) => event === 'state')).toBe(true);
  });
});
