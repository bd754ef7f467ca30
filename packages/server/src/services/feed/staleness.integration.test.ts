import { MARKET_CHAINS, type RawChain } from '@deltastream/contracts';
import { openRecording } from '@deltastream/recordings';
import { collect, withFile } from '@deltastream/recordings/testing/recordings';
import { afterEach, describe, expect, test } from 'vitest';
import { createMemoryBus } from '../../adapters/memory/bus/bus-memory.ts';
import { silentLogger } from '../../kit/logging/log.ts';
import type { Bus } from '../../ports/bus.ts';
import { createManualClock, type ManualClock } from '../../ports/clock.ts';
import { pricedChain } from '../enricher/chain/chain.fixture.ts';
import { createFeed, type FeedConfig } from './service.ts';
import { withStaleness } from './staleness.ts';

const START = Date.UTC(2026, 7, 19, 6);

describe('a chain later than three intervals', () => {
  const chain = pricedChain();

  test('is stale where its source is of the present, once', () => {
    expect(withStaleness(chain, 1000, 3000)).toBe(chain);
    const stale = withStaleness({ ...chain, quality: ['partial'] }, 1000, 3001);
    expect(stale.quality).toEqual(['partial', 'stale']);
    expect(withStaleness(stale, 1000, 9000)).toBe(stale);
    expect(chain.quality).toEqual([]);
    // A fast feed is given a second.
    expect(withStaleness(chain, 10, 1000)).toBe(chain);
    expect(withStaleness(chain, 10, 1001).quality).toEqual(['stale']);
  });

  test('is never stale where its source is of the past', () => {
    expect(withStaleness(chain, null, 1e12)).toBe(chain);
  });
});

describe('a feed', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
  });

  /** The first chain of each expiry that a feed sends over a bus that is away for a time. */
  async function firstChain(
    config: FeedConfig,
    clock: ManualClock,
    awayMs: number,
    setByMs = 0,
  ): Promise<RawChain> {
    const bus = createMemoryBus();
    let away = true;
    const faulty: Bus = {
      ...bus,
      publish: async (topic, frame) => {
        if (away && topic === MARKET_CHAINS.name) {
          away = false;
          clock.set(clock.now() + awayMs);
          clock.step(setByMs);
          throw new Error('away');
        }
        return bus.publish(topic, frame);
      },
    };
    const feed = createFeed({ bus: faulty, clock, logger: silentLogger }, config);
    stops.push(
      () => feed.stop(),
      () => bus.close(),
    );
    const { promise, resolve } = Promise.withResolvers<RawChain>();
    await bus.consume(MARKET_CHAINS.name, 'test', async ({ frame }) =>
      resolve(MARKET_CHAINS.frames.decode(frame)),
    );
    await feed.start();
    return promise;
  }
  const synthetic: FeedConfig = {
    source: { kind: 'synthetic', products: ['NIFTY'], startMs: START, expiries: 1 },
  };

  test('flags what a bus that was away took too late, and nothing else', async () => {
    const late = await firstChain(synthetic, createManualClock(START + 10), 4000);
    expect(late.quality).toContain('stale');
    const soon = await firstChain(synthetic, createManualClock(START + 10), 2000);
    expect(soon.quality).not.toContain('stale');
  });

  test('is not misled by a wall clock that is set: nothing live is flagged, and nothing late passes for live', async () => {
    const HOUR = 3_600_000;
    const live = await firstChain(synthetic, createManualClock(START + 10), 0, HOUR);
    expect(live.quality).not.toContain('stale');
    const late = await firstChain(synthetic, createManualClock(START + 10), 4000, -HOUR);
    expect(late.quality).toContain('stale');
  });

  test('flags nothing of a recording, however old and however late', async () => {
    const header = 'timestamp,expiry,strike,option_type,spot,ltp,volume,oi,oi_chg';
    const content = `${header}\n202608191127,25-Aug-2026,24000,CE,24052.4,61.5,10,5,-2\n`;
    await withFile('nifty.csv', content, async (path) => {
      const replay: FeedConfig = { source: { kind: 'replay', path } };
      const chain = await firstChain(replay, createManualClock(Date.UTC(2030, 0, 1)), 60_000);
      expect(chain.quality).not.toContain('stale');
      const source = await openRecording(path);
      expect(source.expectedIntervalMs).toBeNull();
      await collect(source);
    });
  });
});
