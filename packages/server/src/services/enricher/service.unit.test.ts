import { ENRICHED_CHAINS, type EnrichedChain, MARKET_CHAINS, MARKET_TICKS } from '@deltastream/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { createMemoryQueue } from '../../adapters/memory/queue/queue-memory.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import type { Queue } from '../../ports/queue.ts';
import { pricedChain } from './chain/chain.fixture.ts';
import { createEnricher, RETRY_JOBS } from './service.ts';

describe('enricher service', () => {
  const closers: { close(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const part of closers.splice(0)) await part.close();
  });

  async function start(bus: Bus = createMemoryBus({ redeliveryDelayMs: 5 }), queue: Queue = quickQueue()) {
    closers.push(bus, queue);
    const enricher = createEnricher({ bus, queue, logger: silentLogger });
    await enricher.start();
    const out: EnrichedChain[] = [];
    await bus.follow(ENRICHED_CHAINS.name, 'latest', ({ frame }) =>
      out.push(ENRICHED_CHAINS.frames.decode(frame)),
    );
    const publish = (frame: Uint8Array) => bus.publish(MARKET_CHAINS.name, frame);
    return { bus, queue, enricher, out, publish };
  }
  const quickQueue = () => createMemoryQueue({ backoffUnitMs: 5 });
  const frameOf = (seq: number) => MARKET_CHAINS.frames.encode({ ...pricedChain(), seq });

  it('publishes every chain enriched, around the malformed ones, which it sets aside with their reason', async () => {
    const { bus, out, publish } = await start();
    const negative = pricedChain();
    negative.columns.values[negative.columns.count] = -1;
    await publish(frameOf(1));
    await publish(new Uint8Array([1, 2, 3]));
    await publish(MARKET_CHAINS.frames.encode(negative));
    await publish(frameOf(2));
    await bus.publish(MARKET_TICKS.name, new TextEncoder().encode('<html>502 Bad Gateway</html>'));
    await bus.drained();
    await expect.poll(() => out.map(({ seq }) => seq).sort()).toEqual([1, 2]);
    const reasons = (await bus.deadLetters(MARKET_CHAINS.name)).map(({ reason }) => reason);
    expect(reasons).toHaveLength(2);
    expect(reasons.some((reason) => /frame is not a chain: ends inside the header/.test(reason))).toBe(true);
    expect(reasons.some((reason) => /NIFTY 2026-08-26 .*call_bid at strike 23000 is -1/.test(reason))).toBe(
      true,
    );
    expect(await bus.deadLetters(MARKET_TICKS.name)).toHaveLength(1);
  });

  it('tries again with backoff when publishing fails, without losing the message', async () => {
    const bus = createMemoryBus();
    let failures = 2;
    const flaky: Bus = {
      ...bus,
      publish: async (topic, frame) => {
        if (topic === ENRICHED_CHAINS.name && failures-- > 0) throw new Error('the stream is away');
        return bus.publish(topic, frame);
      },
    };
    const { out, publish, queue } = await start(flaky);
    await publish(frameOf(7));
    await expect.poll(() => out.map(({ seq }) => seq)).toEqual([7]);
    expect(queue.stats()).toContainEqual(
      expect.objectContaining({ name: RETRY_JOBS.chain, retries: 1, dead: 0 }),
    );
  });

  it('keeps what fails at every try as a dead job that can be replayed', async () => {
    const bus = createMemoryBus();
    let away = true;
    const down: Bus = {
      ...bus,
      publish: async (topic, frame) => {
        if (away && topic === ENRICHED_CHAINS.name) throw new Error('the stream is away');
        return bus.publish(topic, frame);
      },
    };
    const { out, publish, queue } = await start(down);
    await publish(frameOf(9));
    await expect.poll(() => queue.deadJobs(RETRY_JOBS.chain)).toHaveLength(1);
    away = false;
    const [dead] = await queue.deadJobs(RETRY_JOBS.chain);
    expect(dead).toMatchObject({ reason: 'the stream is away', tries: 4 });
    await queue.replay(dead.id);
    await expect.poll(() => out.map(({ seq }) => seq)).toEqual([9]);
  });

  it('stops during work, twice, and leaves the rest to others', async () => {
    const { bus, enricher, publish } = await start();
    for (let seq = 0; seq < 50; seq++) await publish(frameOf(seq));
    await enricher.stop();
    await enricher.stop();
    expect((await enricher.ready())[0]).toMatchObject({ ok: false });
    const second = createEnricher({ bus, queue: quickQueue(), logger: silentLogger });
    await second.start();
    await bus.drained();
    expect(bus.stats().find(({ group }) => group === 'enricher')).toMatchObject({ backlog: 0 });
  });
});
