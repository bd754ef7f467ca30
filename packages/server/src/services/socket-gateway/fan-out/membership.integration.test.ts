import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { collectGarbage, openFanOut, receiveAll, testChannel } from './fan-out.fixture.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of open.splice(0)) await close();
});

async function start(...given: Parameters<typeof openFanOut>) {
  const opened = await openFanOut(...given);
  open.push(opened.close);
  return opened;
}

describe('fan-out: membership and flushes', () => {
  it('sends at once after a quiet time, then the newest no sooner than the interval', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('price', 100);
    await join({}, [channel]);
    vi.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'],
    });
    const flushedAt: number[] = [];
    for (let ms = 0; ms < 450; ms += 5) {
      const { takes } = channel;
      channel.push(ms);
      fanOut.due(channel);
      vi.advanceTimersByTime(5);
      if (channel.takes > takes) flushedAt.push(ms);
    }
    expect(flushedAt).toEqual([0, 100, 200, 300, 400]);
  });

  it('gives every member of a large channel each flush once, while others come and go', async () => {
    const { fanOut, join } = await start({ sliceMs: 0 });
    const channel = testChannel('price');
    const joined = await Promise.all(Array.from({ length: 80 }, () => join({}, [channel])));
    const received = joined.map(({ client }) => receiveAll(client));
    const [rejoins, leaves, ...stay] = joined.map(({ member }) => member);
    const late = (await join()).member;
    channel.push(1);
    fanOut.due(channel);
    await nextTurn();
    // The last members have it, the first do not: delivery goes from the last to the first in slices.
    expect(fanOut.stats().deliveries).toBeGreaterThan(0);
    expect(fanOut.stats().deliveries).toBeLessThan(80);
    fanOut.join(late, channel);
    fanOut.join(rejoins, channel);
    fanOut.leave(leaves, channel);
    fanOut.leave(stay[40], channel);
    channel.push(2);
    fanOut.flush(channel);
    await vi.waitFor(() => {
      for (const [i, each] of received.slice(2).entries()) if (i !== 40) expect(each).toHaveLength(2);
      expect(received[0]).toHaveLength(1);
    });
    await sleep(50);
    expect(received[0]).toEqual([['price', 2]]);
    expect(received[1]).toEqual([]);
    const both = [
      ['price', 1],
      ['price', 2],
    ];
    for (const [i, each] of received.slice(2).entries()) if (i !== 40) expect(each).toEqual(both);
    expect(fanOut.members(channel)).toBe(79);
  });

  it('lets the network have its turn between many small channels as well', async () => {
    const { fanOut, join } = await start({ sliceMs: 0 });
    const channels = Array.from({ length: 40 }, (_, i) => testChannel(`c${i}`));
    const joined = await Promise.all(channels.map((channel) => join({}, [channel])));
    const received = joined.map(({ client }) => receiveAll(client));
    for (const channel of channels) {
      channel.push(1);
      fanOut.due(channel);
    }
    await nextTurn();
    expect(fanOut.stats().deliveries).toBeLessThan(40);
    await vi.waitFor(() => expect(received.flat()).toHaveLength(40));
  });

  it('takes what waits and sends it to nobody when there is nobody', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('price');
    channel.push('before');
    fanOut.due(channel);
    await nextTurn();
    expect(channel.takes).toBe(0);
    fanOut.flush(channel);
    const { client } = await join({}, [channel]);
    const received = receiveAll(client);
    channel.push('after');
    fanOut.due(channel);
    await vi.waitFor(() => expect(received).toEqual([['price', 'after']]));
  });

  it('sends nothing to a member that left, and forgets one that disconnects', async () => {
    const { fanOut, join } = await start();
    const [kept, left] = [testChannel('kept'), testChannel('left')];
    const { client, member } = await join({}, [kept, left]);
    const received = receiveAll(client);
    fanOut.leave(member, left);
    fanOut.leave(member, left);
    for (const channel of [kept, left]) {
      channel.push(1);
      fanOut.due(channel);
    }
    await vi.waitFor(() => expect(received).toEqual([['kept', 1]]));
    client.close();
    await vi.waitFor(() => expect(fanOut.members(kept)).toBe(0));
    fanOut.join(member, kept);
    expect(fanOut.members(kept)).toBe(0);
  });

  it('flushes what waits when it stops, and nothing afterwards', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('price', 60_000);
    const { client } = await join({}, [channel]);
    const received = receiveAll(client);
    for (const value of [1, 2]) {
      channel.push(value);
      fanOut.due(channel);
      await nextTurn();
      await nextTurn();
    }
    await vi.waitFor(() => expect(received).toEqual([['price', 1]]));
    fanOut.stop();
    fanOut.stop();
    channel.push(3);
    fanOut.due(channel);
    fanOut.flush(channel);
    await vi.waitFor(() => expect(received).toHaveLength(2));
    await sleep(20);
    expect(received).toEqual([
      ['price', 1],
      ['price', 2],
    ]);
    expect(fanOut.members(channel)).toBe(0);
  });

  it('holds on to nothing of a thousand connections that came and went', async () => {
    const { io, fanOut, join } = await start();
    const channels = [testChannel('a', 10), testChannel('b', 10)];
    const members: WeakRef<object>[] = [];
    for (let batch = 0; batch < 20; batch++) {
      const joined = await Promise.all(Array.from({ length: 50 }, () => join({}, channels)));
      for (const channel of channels) {
        channel.push(batch);
        fanOut.due(channel);
      }
      for (const { client, member } of joined) {
        members.push(new WeakRef(member));
        client.close();
      }
    }
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0));
    expect(channels.map(fanOut.members)).toEqual([0, 0]);
    await vi.waitFor(
      () => {
        collectGarbage();
        // The last batch is in this function's hands still.
        expect(members.filter((each) => each.deref()).length).toBeLessThanOrEqual(50);
      },
      { interval: 200 },
    );
  });
});
