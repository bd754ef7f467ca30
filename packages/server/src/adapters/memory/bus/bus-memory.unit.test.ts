import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { busContract } from '../../../ports/bus.contract.ts';
import { createMemoryBus } from './bus-memory.ts';

busContract('memory', async ({ redeliversSoon }) =>
  createMemoryBus({ redeliveryDelayMs: redeliversSoon ? 20 : 600_000 }),
);

describe('memory bus: bounds', () => {
  const kilobyte = new Uint8Array(1024);

  it('holds the publisher back while a group is further behind than the bound', async () => {
    const bus = createMemoryBus({ maxBacklogBytes: 4096, overflow: 'wait' });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    await bus.consume('t', 'g', () => gate);
    let published = 0;
    const publishing = (async () => {
      for (let i = 0; i < 10; i++) {
        await bus.publish('t', kilobyte);
        published += 1;
      }
    })();
    for (let i = 0; i < 50; i++) await nextTurn();
    expect(published).toBe(4);
    open();
    await publishing;
    await bus.drained();
    expect(published).toBe(10);
    await bus.close();
  });

  it('drops the oldest and counts them when it must not hold the publisher back', async () => {
    const bus = createMemoryBus({ maxBacklogBytes: 4096, overflow: 'drop_oldest' });
    const member = await bus.consume('t', 'g', async () => {});
    await member.stop();
    for (let i = 0; i < 10; i++) await bus.publish('t', kilobyte);
    expect(bus.stats()[0]).toMatchObject({ backlog: 4, lostTotal: 6 });
    await bus.close();
  });

  it('keeps frames for those who resume once somebody has followed, and counts what was before', async () => {
    const bus = createMemoryBus();
    const frame = (value: number) => Uint8Array.of(value);
    const first = await bus.publish('t', frame(0));
    await bus.publish('t', frame(1));
    const seen: number[] = [];
    const see = (delivery: { frame: Uint8Array }) => void seen.push(delivery.frame[0]);
    const following = await bus.follow('t', first, see);
    const second = await bus.publish('t', frame(2));
    await nextTurn();
    await following.stop();
    await bus.publish('t', frame(3));
    await bus.follow('t', second, see);
    await nextTurn();
    expect(seen).toEqual([2, 3]);
    expect(bus.stats().find(({ group }) => group === 'followers')).toMatchObject({ lostTotal: 1 });
    await bus.close();
  });

  it('releases waiting publishers when it closes', async () => {
    const bus = createMemoryBus({ maxBacklogBytes: 1024, overflow: 'wait' });
    const member = await bus.consume('t', 'g', async () => {});
    await member.stop();
    await bus.publish('t', kilobyte);
    const stuck = bus.publish('t', kilobyte);
    await bus.close();
    await stuck;
    await expect(bus.publish('t', kilobyte)).rejects.toMatchObject({ code: 'stopped' });
  });
});
