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
