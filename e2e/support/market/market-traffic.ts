import { setTimeout as sleep } from 'node:timers/promises';
import { MARKET_CHAINS, MARKET_TICKS, type RawChain, type UnderlyingTick } from '@deltastream/contracts';
import type { Bus } from '../../../packages/server/src/ports/bus.ts';
import { pricedChain } from '../../../packages/server/src/services/enricher/chain/chain.fixture.ts';

/** A message that the test sent and the bus acknowledged. */
export interface Sent {
  readonly kind: 'tick' | 'chain';
  readonly product: string;
  readonly seq: number;
  readonly timestamp: number;
  readonly price: number;
  /** When it was published and when acknowledged, by `performance.now`. */
  readonly publishedAt: number;
  readonly acknowledgedAt: number;
}

export interface TrafficPlan {
  readonly products: readonly string[];
  readonly ticksPerSecond: number;
  /** Chains of 20 strikes. */
  readonly chainsPerSecond?: number;
}

export interface Traffic {
  /** Grows while it runs; the order is that of the acknowledgements. */
  readonly acknowledged: readonly Sent[];
  /** Publications that the bus refused: their publisher knows that they are not in it. */
  refused(): number;
  /** Stops publishing, and waits for the answers to what was published. */
  stop(): Promise<void>;
}

const START = Date.UTC(2026, 7, 19, 6);
const PACE_MS = 5;
const CHAIN = pricedChain({ strikes: Array.from({ length: 20 }, (_, i) => 23_050 + 100 * i) });

/** Numbers messages per product and kind, as a feed does; every message of a product has a time of its own. */
export function createNumbering() {
  const last = new Map<string, number>();
  const next = (key: string) => {
    const seq = (last.get(key) ?? 0) + 1;
    last.set(key, seq);
    return seq;
  };
  const head = (product: string, seq: number, spacingMs: number) => ({
    ...{ product, seq, timestamp: START + seq * spacingMs, epoch: 'traffic', source: 'traffic' },
  });
  return {
    tick: (product: string): UnderlyingTick => ({
      ...head(product, next(`tick ${product}`), 20),
      ...{ currency: 'INR', price: 24_000 + ((last.get(`tick ${product}`) ?? 0) % 500) },
      ...{ previous_close: 23_900, quality: [] },
    }),
    chain: (product: string): RawChain => ({ ...CHAIN, ...head(product, next(`chain ${product}`), 200) }),
  };
}

/** Publishes at the given rate until told to stop, and writes down what the bus acknowledged. */
export function startTraffic(bus: Bus, plan: TrafficPlan, numbering = createNumbering()): Traffic {
  const acknowledged: Sent[] = [];
  const underWay = new Set<Promise<void>>();
  let refused = 0;
  let on = true;

  const send = (kind: Sent['kind'], message: UnderlyingTick | RawChain, topic: string, frame: Uint8Array) => {
    const { product, seq, timestamp } = message;
    const price = 'price' in message ? message.price : 0;
    const publishedAt = performance.now();
    const publication = bus
      .publish(topic, frame)
      .then(
        () => {
          const acknowledgedAt = performance.now();
          acknowledged.push({ kind, product, seq, timestamp, price, publishedAt, acknowledgedAt });
        },
        () => {
          refused += 1;
        },
      )
      .finally(() => underWay.delete(publication));
    underWay.add(publication);
  };

  const publishing = (async () => {
    const begun = performance.now();
    let [ticks, chains] = [0, 0];
    while (on) {
      const seconds = (performance.now() - begun) / 1000;
      for (; ticks < seconds * plan.ticksPerSecond; ticks++) {
        const tick = numbering.tick(plan.products[ticks % plan.products.length]);
        send('tick', tick, MARKET_TICKS.name, MARKET_TICKS.frames.encode(tick));
      }
      for (; chains < seconds * (plan.chainsPerSecond ?? 0); chains++) {
        const chain = numbering.chain(plan.products[chains % plan.products.length]);
        send('chain', chain, MARKET_CHAINS.name, MARKET_CHAINS.frames.encode(chain));
      }
      await sleep(PACE_MS);
    }
    await Promise.all(underWay);
  })();

  return {
    acknowledged,
    refused: () => refused,
    stop() {
      on = false;
      return publishing;
    },
  };
}

/** Names a message, so that what was sent and what is stored compare. */
export const nameOf = ({ kind, product, seq }: Pick<Sent, 'kind' | 'product' | 'seq'>): string =>
  `${kind} ${product} ${seq}`;
