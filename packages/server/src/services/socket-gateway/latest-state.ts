import {
  type ChainView,
  type EnrichedChain,
  type EnrichedTick,
  type PriceUpdate,
  type RoomSnapshot,
  type SubscriptionRequest,
  toChainView,
} from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import { toPriceUpdate } from './price-update.ts';

/**
 * The newest price of every product and the newest chain of every expiry, in memory and bounded.
 *
 * `accept…` answers null for a message that is not newer than what is held: same epoch and a `seq`
 * that is not larger. Redelivery and competing enrichers produce such messages, and a picture that was
 * once shown must not go back. Another epoch is another run of the feed and always replaces.
 */
export interface LatestState {
  acceptTick(tick: EnrichedTick): PriceUpdate | null;
  acceptChain(chain: EnrichedChain): LatestChain | null;
  knows(product: string): boolean;
  products(): string[];
  snapshot(request: SubscriptionRequest): RoomSnapshot;
}

export interface LatestChain {
  readonly chain: EnrichedChain;
  /** The chain as JSON rows, built at the first call. */
  view(): ChainView;
}

export interface LatestStateOptions {
  readonly products: readonly string[];
  readonly maxProducts: number;
  readonly maxChains: number;
}

export function createLatestState(options: LatestStateOptions): LatestState {
  const configured = new Set(options.products);
  const prices = new LRUCache<string, PriceUpdate>({ max: options.maxProducts });
  const expiriesOf = new Map<string, Set<string>>();
  const chains = new LRUCache<string, LatestChain>({
    max: options.maxChains,
    noDisposeOnSet: true,
    dispose: ({ chain }) => forget(chain),
  });

  function forget({ product, expiry }: EnrichedChain): void {
    const expiries = expiriesOf.get(product);
    expiries?.delete(expiry);
    if (expiries?.size === 0) expiriesOf.delete(product);
  }

  function remember({ product, expiry }: EnrichedChain): void {
    const expiries = expiriesOf.get(product);
    if (expiries) expiries.add(expiry);
    else expiriesOf.set(product, new Set([expiry]));
  }

  const chainView = (product: string, expiry: string): ChainView | null =>
    chains.peek(`${product}:${expiry}`)?.view() ?? null;

  const chainViews = (product: string): ChainView[] =>
    [...(expiriesOf.get(product) ?? [])]
      .sort()
      .map((expiry) => chainView(product, expiry))
      .filter((view) => view !== null);

  return {
    acceptTick(tick) {
      if (!isNewer(tick, prices.peek(tick.product))) return null;
      const update = toPriceUpdate(tick);
      prices.set(tick.product, update);
      return update;
    },
    acceptChain(chain) {
      const key = `${chain.product}:${chain.expiry}`;
      if (!isNewer(chain, chains.peek(key)?.chain)) return null;
      let view: ChainView | null = null;
      const latest: LatestChain = {
        chain,
        view: () => {
          view ??= toChainView(chain);
          return view;
        },
      };
      chains.set(key, latest);
      remember(chain);
      return latest;
    },
    knows: (product) => configured.has(product) || prices.has(product) || expiriesOf.has(product),
    products: () => [...new Set([...configured, ...prices.keys(), ...expiriesOf.keys()])].sort(),
    snapshot(request) {
      if (request.type === 'product') return prices.peek(request.symbol) ?? null;
      return request.expiry ? chainView(request.symbol, request.expiry) : chainViews(request.symbol);
    },
  };
}

interface Sequenced {
  readonly epoch: string;
  readonly seq: number;
}

const isNewer = (message: Sequenced, held: Sequenced | undefined): boolean =>
  held === undefined || held.epoch !== message.epoch || message.seq > held.seq;
