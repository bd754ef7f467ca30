import { setTimeout as sleep } from 'node:timers/promises';
import { ENRICHED_CHAINS } from '@deltastream/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { PARTITIONS } from '../intake/partitions.ts';
import { createWorkerHarness, FIRES_EACH } from './alert-worker.fixture.ts';

const PRODUCTS = ['NIFTY', 'BANKNIFTY', 'SPX', 'BTC'];
let world: Awaited<ReturnType<typeof createWorkerHarness>>;
beforeEach(async () => {
  world = await createWorkerHarness({ leaseMs: 1_000 });
});
afterEach(() => world.close());

/** Every third chain of each product, by its place. */
const expected = (chains: number): string[] =>
  PRODUCTS.flatMap((product) =>
    Array.from({ length: Math.floor(chains / FIRES_EACH) }, (_, i) => `${product} a ${(i + 1) * FIRES_EACH}`),
  ).sort();
const ids = async () => (await world.firings()).map(({ id }) => id).sort();
/** How far the chains are read, by partition. */
const positions = async () => {
  const remembered = Array.from({ length: PARTITIONS }, (_, each) => world.store.remembered(each));
  return (await Promise.all(remembered)).map((each) => each.positions[ENRICHED_CHAINS.name]);
};
/** A random order that is the same at every run. */
function createDice(seed: number) {
  let state = seed;
  return (sides: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >> 8) % sides;
  };
}

describe('alert workers', () => {
  it('keep, number and publish what fires', async () => {
    await world.start('w1');
    for (let seq = 1; seq <= 9; seq++) for (const product of PRODUCTS) await world.publish(product, seq);
    await expect.poll(ids).toEqual(expected(9));
    const numbers = (await world.firings()).map(({ seq }) => seq);
    expect(numbers).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    await expect.poll(() => world.published.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(numbers);
    await expect.poll(() => world.store.unpublished(100)).toEqual([]);
    expect(world.published[0]).toMatchObject({ owner: 'u1', epoch: 'alerts', firing: { rule_id: 'r1' } });
  });

  it('leave out what an import brings, which is of the past and of another run', async () => {
    await world.start('w1');
    for (let seq = 1; seq <= 9; seq++) {
      for (const product of PRODUCTS) {
        await world.publish(product, seq);
        await world.publish(product, seq, { epoch: 'import', generation: 7 });
        await world.publish(product, seq, { epoch: 'kept', generation: -8 });
      }
    }
    await expect.poll(ids).toEqual(expected(9));
  });

  it('fire each time once, through kills, repeated and mixed messages', async () => {
    const CHAINS = 240;
    const dice = createDice(7);
    const stream = Array.from({ length: CHAINS }, (_, i) => i + 1)
      .flatMap((seq) => PRODUCTS.map((product) => ({ product, seq })))
      .flatMap((each) => (dice(5) === 0 ? [each, each] : [each]))
      .map((each) => ({ ...each, at: each.seq + dice(4) }))
      .sort((a, b) => a.at - b.at);
    let worker = await world.start('w1');
    await world.publish('NIFTY', 1);
    // So that it is known from where on it goes on after the first kill.
    await expect.poll(positions).not.toContain(undefined);
    let kills = 0;
    for (const [i, { product, seq }] of stream.entries()) {
      await world.publish(product, seq);
      if (i % 7 === 0) await sleep(1);
      if (i % 50 !== 49) continue;
      await worker.kill();
      kills += 1;
      // Messages go on while nobody evaluates.
      worker = await world.start('w1');
    }
    await expect.poll(ids).toEqual(expected(CHAINS));
    expect(kills).toBeGreaterThan(15);
    // The count says whether a chain was left out or judged twice before it.
    for (const { id, message } of await world.firings()) expect(id.endsWith(` ${message}`), id).toBe(true);
  });

  it('share the partitions, and take over those of one that was killed', async () => {
    const first = await world.start('w1');
    const second = await world.start('w2');
    await expect.poll(() => Promise.all([first.held(), second.held()])).toEqual([8, 8]);
    for (let seq = 1; seq <= 5; seq++) for (const product of PRODUCTS) await world.publish(product, seq);
    await expect.poll(ids).toEqual(expected(5));
    await first.kill();
    for (let seq = 6; seq <= 12; seq++) for (const product of PRODUCTS) await world.publish(product, seq);
    await expect.poll(() => second.held()).toBe(16);
    await expect.poll(ids).toEqual(expected(12));
  });

  it('ask the store for all partitions together while their streams only go on', async () => {
    await world.start('w1');
    for (let seq = 1; seq <= 2; seq++) await world.publish('NIFTY', seq);
    await expect.poll(() => world.calls.keepPositions ?? 0).toBeGreaterThan(1);
    const before = { ...world.calls };
    await expect.poll(() => world.calls.renew ?? 0).toBeGreaterThan((before.renew ?? 0) + 1);
    expect(new Set(await positions()).size).toBe(1);
    expect(world.calls).toMatchObject({ lease: before.lease, commit: before.commit });
  });

  it('do not give up what a bus that is away, or just was, may still bring', async () => {
    const own = await createWorkerHarness({ orderWaitMs: 20, maxRetryMs: 2_000 });
    const listeners = new Set<(connected: boolean) => void>();
    const connection = {
      connected: false,
      reason: 'away',
      onChange(listener: (connected: boolean) => void) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    };
    await own.start('w1', { ...own.bus, connection });
    for (const seq of [1, 2, 4, 5, 6]) await own.publish('NIFTY', seq);
    // Far longer than what is missing is waited for.
    await sleep(300);
    expect(await own.firings()).toEqual([]);
    connection.connected = true;
    for (const listener of listeners) listener(true);
    await sleep(60);
    await own.publish('NIFTY', 3);
    await expect
      .poll(async () => (await own.firings()).map(({ id }) => id))
      .toEqual(['NIFTY a 3', 'NIFTY a 6']);
    await own.publish('NIFTY', 8);
    await own.publish('NIFTY', 9);
    await own.publish('NIFTY', 10);
    // Not for good.
    await expect.poll(async () => (await own.firings()).map(({ id }) => id)).toContain('NIFTY a 10');
    await own.close();
    expect(listeners.size).toBe(0);
  });

  it('are well again once what waits is kept, also where nothing fired', async () => {
    const { worker } = await world.start('w1');
    const succeed = world.failCommits();
    await world.publish('NIFTY', 1);
    await expect.poll(() => worker.problem()).toBe('the store is away');
    succeed();
    await expect.poll(() => worker.problem()).toBeNull();
    expect(await ids()).toEqual([]);
  });

  it('say what came while none of them was there, and is on the bus no more', async () => {
    const own = await createWorkerHarness({ orderWaitMs: 20 }, createMemoryBus({ historyLength: 4 }));
    const first = await own.start('w1');
    for (let seq = 1; seq <= 3; seq++) await own.publish('NIFTY', seq);
    await expect.poll(async () => (await own.firings()).length).toBe(1);
    expect(first.worker.resumeGap()).toBeNull();
    await first.stop();
    for (let seq = 4; seq <= 20; seq++) await own.publish('NIFTY', seq);
    const { worker } = await own.start('w1');
    await expect.poll(worker.resumeGap).toMatch(/^13 chains of NIFTY came while nobody evaluated them/);
    expect(worker.problem()).toBeNull();
    const told = own.lines.filter((line) => line.includes('alert_resume_gap'));
    expect(told.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ product: 'NIFTY', chains: 13, chains_so_far: 13 }),
    ]);
    // What is missing later is no such gap.
    await own.publish('NIFTY', 30);
    await own.publish('NIFTY', 31);
    await expect.poll(async () => (await own.firings()).length).toBeGreaterThan(2);
    expect(worker.resumeGap()).toMatch(/^13 chains/);
    await own.close();
  });

  it('begin anew on another bus, whose positions mean nothing here', async () => {
    const first = await world.start('w1');
    for (let seq = 1; seq <= 4; seq++) await world.publish('NIFTY', seq);
    await expect.poll(ids).toEqual(['NIFTY a 3']);
    await first.stop();
    const other = createMemoryBus();
    const worker = await world.start('w1', other);
    expect(worker.worker.problem()).toBeNull();
    await worker.stop();
    await other.close();
  });
});
