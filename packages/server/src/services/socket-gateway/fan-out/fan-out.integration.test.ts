import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { networkOf, openFanOut, receiveAll, testChannel, webSocketOf } from './fan-out.fixture.ts';
import type { Channel } from './fan-out.ts';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(...given: Parameters<typeof openFanOut>) {
  const opened = await openFanOut(...given);
  open.push(opened.close);
  return opened;
}

describe('fan-out: the way to members', () => {
  it('writes straight to the connections of WebSocket members, and nothing as packets', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('price');
    const joined = await Promise.all([1, 2, 3].map(() => join({}, [channel])));
    const received = joined.map(({ client }) => receiveAll(client));
    for (let i = 0; i < 10; i++) {
      channel.push(i);
      fanOut.due(channel);
      await nextTurn();
    }
    const expected = Array.from({ length: 10 }, (_, i) => ['price', i]);
    await vi.waitFor(() => expect(received).toEqual([expected, expected, expected]));
    expect(fanOut.stats()).toMatchObject({ deliveries: 30, packets: 0, missed: 0 });
    expect(fanOut.stats().writes).toBeLessThanOrEqual(30);
    expect(fanOut.stats().writes).toBeGreaterThanOrEqual(3);
  });

  it('frames payloads of every length form and of characters beyond ASCII as a client reads them', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('text');
    const { client } = await join({}, [channel]);
    const received = receiveAll(client);
    const texts = [0, 1, 100, 112, 113, 114, 115, 500, 65_520, 65_525, 65_530, 200_000].flatMap((length) => [
      'x'.repeat(length),
      '₹'.repeat(length / 3),
    ]);
    for (const text of texts) channel.push(text);
    fanOut.due(channel);
    await vi.waitFor(() => expect(received).toHaveLength(texts.length));
    expect(received).toEqual(texts.map((text) => ['text', text]));
    expect(fanOut.stats()).toMatchObject({ writes: 1, packets: 0 });
  });

  it('sends what several channels have for a member in one write to the network', async () => {
    const { fanOut, join } = await start();
    const channels = ['a', 'b', 'c', 'd', 'e'].map((name) => testChannel(name));
    const { client, member } = await join({}, channels);
    const other = await join({}, channels.slice(1, 3));
    const received = receiveAll(client);
    const network = networkOf(member);
    const writes = [vi.spyOn(network, '_write'), vi.spyOn(network, '_writev')];
    for (let i = 0; i < 4; i++) {
      for (const channel of channels) {
        channel.push(i);
        fanOut.due(channel);
      }
      await vi.waitFor(() => expect(received).toHaveLength(5 * (i + 1)));
    }
    expect(writes.reduce((sum, { mock }) => sum + mock.calls.length, 0)).toBe(4);
    expect(fanOut.stats()).toMatchObject({ writes: 8, deliveries: 28 });
    other.client.close();
  });

  it('takes a channel only when its delivery begins, with everything it has by then', async () => {
    const { fanOut, join } = await start({ sliceMs: 0 });
    const [first, second] = [testChannel('first'), testChannel('second')];
    const joined = await Promise.all([first, second].map((channel) => join({}, [channel])));
    const received = joined.map(({ client }) => receiveAll(client));
    for (const channel of [first, second]) {
      channel.push('old');
      fanOut.due(channel);
    }
    await nextTurn();
    expect([first.takes, second.takes]).toEqual([1, 0]);
    second.push('new');
    await vi.waitFor(() => expect(received[1]).toHaveLength(2));
    expect(received).toEqual([[['first', 'old']], ['old', 'new'].map((value) => ['second', value])]);
    expect([first.takes, second.takes]).toEqual([1, 1]);
  });

  it('sends packets to polling members, and writes directly once they are upgraded', async () => {
    const { io, fanOut, join, connect } = await start();
    const channel = testChannel('price');
    const polling = await join({ transports: ['polling'] }, [channel]);
    const heardPolling = receiveAll(polling.client);
    channel.push(1);
    fanOut.due(channel);
    await vi.waitFor(() => expect(heardPolling).toEqual([['price', 1]]));
    expect(fanOut.stats()).toMatchObject({ writes: 0, packets: 1 });

    polling.client.close();
    // In the channel from its first moment, so that flushes come before, during and after the upgrade.
    io.on('connection', (member) => fanOut.join(member as never, channel));
    const connecting = connect({ transports: ['polling', 'websocket'] });
    const received = receiveAll(connecting);
    let sent = 1;
    while (fanOut.stats().writes < 20 && sent < 2000) {
      sent += 1;
      channel.push(sent);
      fanOut.due(channel);
      await sleep(1);
    }
    await vi.waitFor(() => expect(received.at(-1)).toEqual(['price', sent]));
    const first = received[0][1] as number;
    expect(received).toEqual(Array.from({ length: sent + 1 - first }, (_, i) => ['price', first + i]));
    expect(fanOut.stats().packets).toBeGreaterThan(2);
    expect(fanOut.stats().writes).toBeGreaterThanOrEqual(20);
  });

  it.each([
    ['WebSocket', ['websocket']],
    ['polling', ['polling']],
    ['polling with an upgrade', ['polling', 'websocket']],
  ])('keeps what was emitted before a flush before it, over %s', async (_name, transports) => {
    const { fanOut, join } = await start();
    let notes = 0;
    const notesAtTake: number[] = [];
    const channel: Channel = {
      name: 'flushed',
      intervalMs: 0,
      take: () => [{ event: 'flush', json: String(notesAtTake.push(notes) - 1) }],
      resyncEvents: () => [{ event: 'resync', json: 'null' }],
    };
    const { client, member } = await join({ transports }, [channel]);
    const received = receiveAll(client);
    const random = randomFrom(7);
    for (let i = 0; i < 2000; i++) {
      const choice = random();
      if (choice < 0.45) emitNote(member, ++notes);
      else if (choice < 0.7) fanOut.due(channel);
      else if (choice < 0.8) fanOut.flush(channel);
      else if (choice < 0.95) await nextTurn();
      else await sleep(1);
    }
    fanOut.flush(channel);
    await vi.waitFor(() => expect(received).toContainEqual(['flush', notesAtTake.length - 1]));
    let noted = 0;
    let flushes = 0;
    for (const [event, value] of received) {
      if (event === 'note') expect(value).toBe(++noted);
      else {
        expect([event, value]).toEqual(['flush', flushes]);
        expect(noted).toBeGreaterThanOrEqual(notesAtTake[flushes]);
        flushes += 1;
      }
    }
    expect(noted).toBe(notes);
    expect(fanOut.stats().missed).toBe(0);
    if (transports[0] === 'websocket') expect(fanOut.stats().writes).toBeGreaterThan(flushes / 2);
  });

  it('keeps the order within one turn, while engine.io still holds what was emitted', async () => {
    const { fanOut, join } = await start();
    const channel = testChannel('price');
    const { client, member } = await join({}, [channel]);
    const received = receiveAll(client);
    for (const note of [1, 2, 3]) emitNote(member, note);
    channel.push('last');
    fanOut.due(channel);
    fanOut.stop();
    const notes = [1, 2, 3].map((note) => ['note', note]);
    await vi.waitFor(() => expect(received).toEqual([...notes, ['price', 'last']]));
    expect(fanOut.stats()).toMatchObject({ packets: 1, writes: 0 });
  });

  it('keeps the order while the network takes nothing', async () => {
    const unbounded = Number.MAX_SAFE_INTEGER;
    const { fanOut, join } = await start({ behindBytes: unbounded, maxQueuedBytes: unbounded });
    const channel = testChannel('price');
    const { client, member } = await join({}, [channel]);
    const received = receiveAll(client);
    webSocketOf(client).pause();
    const expected: [string, number][] = [];
    const filler = 'x'.repeat(100_000);
    for (let i = 0; i < 200; i++) {
      emitNote(member, i, filler);
      channel.push(i);
      fanOut.due(channel);
      await nextTurn();
      await nextTurn();
      expected.push(['note', i], ['price', i]);
    }
    expect(networkOf(member).writableLength).toBeGreaterThan(0);
    webSocketOf(client).resume();
    await vi.waitFor(() => expect(received).toHaveLength(400));
    expect(received).toEqual(expected);
    expect(fanOut.stats().packets).toBeGreaterThan(0);
    expect(fanOut.stats().writes).toBeGreaterThan(0);
  });
});

/** An event of no contract. */
function emitNote(member: unknown, ...given: unknown[]): void {
  (member as { emit(event: string, ...given: unknown[]): void }).emit('note', ...given);
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
