import { MARKET_CHAINS, MARKET_TICKS, type UnderlyingTick } from '@deltastream/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pricedChain } from '../services/enricher/chain/chain.fixture.ts';
import { type MarketFrame, storedAfter } from './pipeline.fixture.ts';

const START = Date.UTC(2026, 7, 19, 6);
const EXPIRIES = ['2026-08-26', '2026-09-02'];

/** One message of the market: a chain or a tick, at a time that others may share, with a seq of its own. */
interface Message {
  readonly kind: 'chain' | 'tick';
  readonly product: string;
  readonly expiry: string;
  readonly second: number;
  readonly level: number;
}

const message: fc.Arbitrary<Message> = fc.record({
  kind: fc.constantFrom('chain' as const, 'tick' as const),
  product: fc.constantFrom('NIFTY', 'BTC'),
  expiry: fc.constantFrom(...EXPIRIES),
  second: fc.nat(400),
  level: fc.integer({ min: 23_500, max: 24_500 }),
});

const STRIKES = Array.from({ length: 8 }, (_, i) => 23_600 + 100 * i);

function frameOf(given: Message, seq: number): MarketFrame {
  const timestamp = START + given.second * 1000;
  if (given.kind === 'chain') {
    const chain = pricedChain({ forward: given.level, strikes: STRIKES });
    const { product, expiry } = given;
    return {
      topic: MARKET_CHAINS.name,
      frame: MARKET_CHAINS.frames.encode({ ...chain, product, expiry, timestamp, seq }),
    };
  }
  const tick: UnderlyingTick = {
    product: given.product,
    timestamp,
    epoch: 'fixture',
    seq,
    source: 'fixture',
    currency: 'INR',
    price: given.level,
    previous_close: 24_000,
    quality: [],
  };
  return { topic: MARKET_TICKS.name, frame: MARKET_TICKS.frames.encode(tick) };
}

describe('the pipeline', () => {
  it('stores the same from shuffled, duplicated input split over three enrichers as from sorted input to one (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 60 }),
        fc.array(fc.nat(), { minLength: 150, maxLength: 150 }),
        async (messages, random) => {
          const sorted = messages
            .toSorted((a, b) => a.second - b.second)
            .map((each, i) => frameOf(each, i + 1));
          const duplicated = sorted.flatMap((frame, i) => (random[i] % 3 === 0 ? [frame, frame] : [frame]));
          const shuffled = duplicated
            .map((frame, i) => ({ frame, key: random[i] ?? i }))
            .sort((a, b) => a.key - b.key)
            .map(({ frame }) => frame);
          const oracle = await storedAfter(sorted, 1);
          expect(await storedAfter(shuffled, 3)).toEqual(oracle);
        },
      ),
      { numRuns: 15 },
    );
  });
});
