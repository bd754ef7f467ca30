import { MARKET_CHAINS, MARKET_TICKS, type RawChain } from '@deltastream/contracts';
import { createDeribitSimulator, deribitId } from '@deltastream/venues/deribit';
import { marketOf, type PlayedMarket, type Simulator } from '@deltastream/venues/simulators';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryBus } from '../../../adapters/memory/bus/bus-memory.ts';
import { createLogger } from '../../../kit/logging/log.ts';
import { systemClock } from '../../../ports/clock.ts';
import { createFeed, type Feed } from '../service.ts';
import { FEED } from '../settings.ts';
import { createSyntheticSource } from '../synthetic/synthetic-source.ts';
import { LIVE } from './venue-settings.ts';

const opened: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

/** Deribit's servers on this machine, which play a generated market of the present. */
async function simulated(): Promise<[Simulator, PlayedMarket]> {
  const generated = createSyntheticSource(
    { products: ['BTC'], startMs: Date.now(), strikes: 10, chainIntervalMs: 200, syntheticHistory: 0 },
    null,
  );
  const market = await marketOf(generated, { idOf: deribitId });
  const simulator = await createDeribitSimulator(market);
  opened.push(market, simulator);
  void market.play(1);
  return [simulator, market];
}

async function liveFeed(deribitUrl: string) {
  const bus = createMemoryBus();
  const logger = createLogger('info', { write: () => undefined });
  const chains: RawChain[] = [];
  const ticks: string[] = [];
  await bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) => {
    chains.push(MARKET_CHAINS.frames.decode(frame));
  });
  await bus.consume(MARKET_TICKS.name, 'test', async ({ frame }) => {
    ticks.push(MARKET_TICKS.frames.decode(frame).source);
  });
  const feed: Feed = createFeed(
    { bus, clock: systemClock, logger },
    {
      dataset: 'recorded',
      source: {
        ...{ kind: 'live', ...LIVE.defaults, deribitUrl, products: new Map([['deribit', ['BTC']]]) },
        ...{ cadenceMs: 50, firstRetryMs: 20, lastRetryMs: 200, stallMs: 2_000, graceMs: 1 },
      },
    },
  );
  opened.push({ close: () => bus.close() }, { close: () => feed.stop() });
  await feed.start();
  const venue = () => feed.vitals?.().feed?.venues?.[0];
  return { feed, chains, ticks, venue };
}

describe('a feed of a live venue', () => {
  it('publishes its chains and ticks, says how it is, and comes back after a cut', async () => {
    const [simulator] = await simulated();
    const { feed, chains, ticks, venue } = await liveFeed(simulator.url);
    await expect.poll(() => chains.length).toBeGreaterThan(5);
    await expect.poll(() => ticks).toContain('deribit');
    expect(chains[0]).toMatchObject({ product: 'BTC', source: 'deribit', dataset: 'recorded', seq: 1 });
    expect(chains[0].generation).toBeUndefined();
    await expect.poll(venue).toMatchObject({ venue: 'deribit', state: 'live', reason: null });
    expect(await feed.ready()).toEqual([{ name: 'source', ok: true, reason: null }]);
    const metrics = await feed.metrics.metrics();
    expect(metrics).toContain('deltastream_feed_venue_state{venue="deribit",state="live"} 1');

    simulator.fault({ kind: 'mute' });
    await expect.poll(() => venue()?.state).toBe('mute');
    expect(venue()?.reason).toContain('no quote came');
    expect((await feed.ready())[0]).toMatchObject({ ok: false });
    simulator.fault(null);
    await expect.poll(() => venue()?.state).toBe('live');
    const before = chains.length;
    await expect.poll(() => chains.length).toBeGreaterThan(before);

    const seqs = chains.map(({ seq }) => seq);
    expect(seqs).toEqual(seqs.map((_, i) => i + 1));
    await feed.stop();
    await expect.poll(() => simulator.connections()).toBe(0);
  });

  it('waits for a venue that is away, and says why without its address', async () => {
    const [simulator] = await simulated();
    await simulator.close();
    const { feed, venue } = await liveFeed(simulator.url);
    await expect.poll(() => venue()?.state).toBe('waiting');
    expect(venue()?.reason).toContain('ECONNREFUSED the venue');
    const [{ ok, reason }] = await feed.ready();
    expect(ok).toBe(false);
    expect(reason).toContain('deribit is waiting');
    const begun = performance.now();
    await feed.stop();
    // At once, not after the time that a stop may take.
    expect(performance.now() - begun).toBeLessThan(FEED.defaults.stopTimeoutMs / 2);
  });
});
