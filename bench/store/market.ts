import { column, createColumns, type EnrichedChain, type RawChain } from '@deltastream/contracts';
import { black76Price } from '@deltastream/quant';
import { createChainEnricher } from '../../packages/server/src/services/enricher/chain/enrich-chain.ts';

const PRICE_TICK = 0.05;
const LOT = 75;
const DAY_MS = 86_400_000;

export interface MarketShape {
  readonly products: number;
  readonly expiries: number;
  readonly strikes: number;
  /** Different snapshots prepared of each chain; the benchmark goes round them with new timestamps. */
  readonly variants: number;
  readonly seed: number;
}

/**
 * Enriched chains of a lively index-option market, as the enricher publishes them: prices on the tick
 * from a skewed smile, quote sizes in lots, open interest and volume that thin out away from the money.
 * `at(round)` returns one snapshot of every chain, later by one step each round.
 */
export function createMarket(shape: MarketShape, startMs: number, stepMs: number) {
  const enrich = createChainEnricher({ rate: 0 });
  const random = mulberry32(shape.seed);
  const chains: EnrichedChain[][] = [];
  for (let product = 0; product < shape.products; product++) {
    const spot = 24_000 * (0.9 + 0.2 * random());
    for (let expiry = 0; expiry < shape.expiries; expiry++) {
      const variants = Array.from({ length: shape.variants }, () =>
        enrich(
          rawChain(
            `P${product}`,
            expiry,
            spot * (1 + 0.002 * (random() - 0.5)),
            shape.strikes,
            startMs,
            random,
          ),
        ),
      );
      chains.push(variants);
    }
  }
  let seq = 0;
  return {
    chains: chains.length,
    at: (round: number): EnrichedChain[] =>
      chains.map((variants) => ({
        ...variants[round % variants.length],
        timestamp: startMs + round * stepMs,
        seq: seq++,
      })),
  };
}

function rawChain(
  product: string,
  expiry: number,
  spot: number,
  strikes: number,
  startMs: number,
  random: () => number,
): RawChain {
  const expiryAt = startMs + (3 + 7 * expiry) * DAY_MS;
  const years = (expiryAt - startMs) / (365 * DAY_MS);
  const columns = createColumns(strikes, 'raw');
  const middle = Math.round(spot / 50) * 50;
  for (let i = 0; i < strikes; i++) {
    const strike = middle + (i - Math.floor(strikes / 2)) * 50;
    const distance = Math.log(strike / spot) / Math.sqrt(years);
    const sigma = 0.13 - 0.05 * distance + 0.12 * distance * distance;
    column(columns, 'strike')[i] = strike;
    for (const [side, sign] of [
      ['call', 1],
      ['put', -1],
    ] as const) {
      const set = (name: Parameters<typeof column>[1] extends infer N ? N : never, value: number) => {
        column(columns, name)[i] = value;
      };
      const price = black76Price(spot, strike, years, sigma, 1, sign);
      const half = Math.max(PRICE_TICK, price * 0.002 * (1 + random()));
      const activity = Math.exp(-8 * distance * distance) * (strike % 500 === 0 ? 3 : 1);
      const interest = Math.round(activity * 120_000 * (0.3 + random()));
      set(`${side}_bid`, onTick(Math.max(PRICE_TICK, price - half)));
      set(`${side}_ask`, onTick(price + half + PRICE_TICK));
      set(`${side}_last`, onTick(Math.max(PRICE_TICK, price + half * (2 * random() - 1))));
      set(`${side}_bid_size`, LOT * Math.ceil(40 * random() ** 3));
      set(`${side}_ask_size`, LOT * Math.ceil(40 * random() ** 3));
      set(`${side}_volume`, Math.round(activity * 900_000 * random()));
      set(`${side}_open_interest`, interest);
      set(`${side}_open_interest_change`, Math.round(interest * (random() - 0.4)));
      set(`${side}_previous_close`, onTick(Math.max(PRICE_TICK, price * (0.8 + 0.4 * random()))));
    }
  }
  return {
    product,
    expiry: new Date(expiryAt).toISOString().slice(0, 10),
    expiry_at: expiryAt,
    timestamp: startMs,
    epoch: 'bench',
    seq: 0,
    source: 'synthetic:bench',
    currency: 'INR',
    spot: onTick(spot),
    future: null,
    lot_size: LOT,
    price_tick: PRICE_TICK,
    quality: [],
    columns,
  };
}

const onTick = (price: number): number => Math.round(price / PRICE_TICK) / (1 / PRICE_TICK);

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
