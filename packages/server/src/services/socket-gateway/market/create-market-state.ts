import {
  ALERTS,
  ENRICHED_CHAINS,
  ENRICHED_SURFACES,
  ENRICHED_TICKS,
  type EnrichedChain,
  type EnrichedTick,
  isoTime,
  type PriceUpdate,
  type SurfaceUpdate,
  type Topic,
} from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import { createLiveBars, type LiveBars } from './live-bars.ts';
import type {
  MarketListener,
  MarketState,
  MarketStateOptions,
  ProductAlert,
  Stream,
} from './market-state.ts';
import {
  createHistory,
  createStreamOrder,
  type History,
  type LostRange,
  type StreamOrder,
} from './numbered-stream.ts';
import { createSpareColumns } from './spare-columns.ts';
import { createTrackedChain, type TrackedChain } from './tracked-chain.ts';

/** Ranges of lost alerts that are remembered of a product, the newest. */
const MOST_LOST_RANGES = 64;

interface ProductState {
  orders: Readonly<Record<Stream, StreamOrder>>;
  readonly prices: History<PriceUpdate>;
  readonly alerts: History<ProductAlert>;
  bars: LiveBars;
  readonly expiries: Set<string>;
  /** Chains that were lost, from the first to the last, until every expiry has a newer one. */
  lostChains: LostRange | null;
  lostAlerts: readonly LostRange[];
  surface: SurfaceUpdate | null;
}

export function createMarketState(options: MarketStateOptions): MarketState {
  const { now = () => performance.now(), gapWaitMs, historyLength } = options;
  const configured = new Set(options.products);
  let listener: MarketListener = { changed: () => {}, priced: () => {}, lost: () => {} };
  const states = new LRUCache<string, ProductState>({ max: options.maxProducts });
  const spares = createSpareColumns();
  /** Streams with a hole, so that looking for lost messages costs nothing when none is missing. */
  const incomplete = new Map<StreamOrder, { readonly stream: Stream; readonly product: string }>();
  const chains = new LRUCache<string, TrackedChain>({
    max: options.maxChains,
    dispose: ({ head }) => void states.peek(head.product)?.expiries.delete(head.expiry),
  });

  function stateOf(product: string): ProductState {
    const found = states.get(product);
    if (found) return found;
    const order = () => createStreamOrder(gapWaitMs);
    const made: ProductState = {
      orders: { ticks: order(), chains: order(), alerts: order() },
      prices: createHistory(historyLength),
      alerts: createHistory(historyLength),
      bars: createLiveBars(),
      expiries: new Set(),
      lostChains: null,
      lostAlerts: [],
      surface: null,
    };
    states.set(product, made);
    return made;
  }

  function arrive(stream: Stream, product: string, message: { epoch: string; seq: number }) {
    const order = stateOf(product).orders[stream];
    const arrival = order.arrive(message, now());
    if (order.incomplete) incomplete.set(order, { stream, product });
    return arrival;
  }

  const newerThan = (range: LostRange, product: string, expiry: string): boolean => {
    const head = chains.peek(`${product}:${expiry}`)?.head;
    return head?.epoch === range.epoch && head.seq > range.to;
  };

  function loseChains(product: string, range: LostRange): void {
    const state = states.peek(product);
    if (!state) return;
    for (const expiry of state.expiries) chains.peek(`${product}:${expiry}`)?.invalidateHistory();
    const before = state.lostChains?.epoch === range.epoch ? state.lostChains : range;
    const [from, to] = [Math.min(before.from, range.from), Math.max(before.to, range.to)];
    state.lostChains = { epoch: range.epoch, from, to };
    forgetLostChains(product, state);
  }

  function loseAlerts(product: string, range: LostRange): void {
    const state = states.peek(product);
    if (state) state.lostAlerts = [...state.lostAlerts, range].slice(-MOST_LOST_RANGES);
  }

  function refused(chain: EnrichedChain): false {
    spares.release(chain.columns);
    return false;
  }

  function forgetLostChains(product: string, state: ProductState): void {
    const { lostChains: lost, expiries } = state;
    if (lost !== null && [...expiries].every((expiry) => newerThan(lost, product, expiry))) {
      state.lostChains = null;
    }
  }

  return {
    listen(next) {
      listener = next;
    },

    acceptTick(tick) {
      const { product } = tick;
      const arrival = arrive('ticks', product, tick);
      if (arrival === 'stale') return false;
      const state = stateOf(product);
      const update = toPriceUpdate(tick);
      state.prices.add(update);
      for (const bar of state.bars.add(tick)) listener.changed({ type: 'bars', product, bar });
      if (arrival === 'filled') return false;
      listener.changed({ type: 'product', product });
      listener.priced(update);
      return true;
    },

    chainMemory: spares.memory,

    acceptChain(chain) {
      const { product, expiry } = chain;
      if (arrive('chains', product, chain) === 'stale') return refused(chain);
      const key = `${product}:${expiry}`;
      const tracked = chains.get(key);
      const held = tracked?.head;
      // A late message may still be the newest of its own expiry.
      if (held && held.epoch === chain.epoch && chain.seq <= held.seq) return refused(chain);
      const unasked = tracked?.replace(chain);
      if (unasked) spares.release(unasked);
      if (!tracked) chains.set(key, createTrackedChain(chain, options.isStale));
      const state = stateOf(product);
      state.expiries.add(expiry);
      forgetLostChains(product, state);
      listener.changed({ type: 'chain', product, expiry });
      return true;
    },

    acceptSurface(surface) {
      const state = stateOf(surface.product);
      const held = state.surface;
      if (held && held.epoch === surface.epoch && surface.seq <= held.seq) return false;
      state.surface = {
        ...surface,
        timestamp: isoTime(surface.timestamp),
        slices: surface.slices.map((slice) => ({ ...slice, timestamp: isoTime(slice.timestamp) })),
      };
      listener.changed({ type: 'surface', product: surface.product });
      return true;
    },

    acceptAlert({ product, ...said }) {
      // One of the platform itself has no room.
      if (product === null) return true;
      const alert = { ...said, product };
      if (arrive('alerts', alert.product, alert) === 'stale') return false;
      stateOf(alert.product).alerts.add(alert);
      listener.changed({ type: 'alerts', product: alert.product });
      return true;
    },

    expire() {
      for (const [order, { stream, product }] of incomplete) {
        for (const range of order.expire(now())) {
          if (stream === 'ticks') states.peek(product)?.bars.markPartial();
          if (stream === 'chains') loseChains(product, range);
          if (stream === 'alerts') loseAlerts(product, range);
          listener.lost({ stream, product, range });
        }
        if (!order.incomplete) incomplete.delete(order);
      }
    },

    rejoin(product) {
      const state = states.peek(product);
      if (!state) return;
      incomplete.delete(state.orders.ticks);
      incomplete.delete(state.orders.chains);
      const order = () => createStreamOrder(gapWaitMs);
      state.orders = { ...state.orders, ticks: order(), chains: order() };
      state.lostChains = null;
      state.prices.forget();
      state.bars = createLiveBars();
      state.surface = null;
      for (const expiry of [...state.expiries]) chains.delete(`${product}:${expiry}`);
    },

    knows: (product) => configured.has(product) || states.has(product),
    products: () => [...new Set([...configured, ...states.keys()])].sort(),
    price: (product) => states.peek(product)?.prices.latest ?? null,
    prices: (product) => states.peek(product)?.prices ?? null,
    bars: (product) => states.peek(product)?.bars ?? null,
    chain: (product, expiry) => chains.peek(`${product}:${expiry}`) ?? null,
    expiries: (product) => [...(states.peek(product)?.expiries ?? [])].sort(),
    surface: (product) => states.peek(product)?.surface ?? null,
    alerts: (product) => states.peek(product)?.alerts ?? null,
    chainsCompleteUpTo(product) {
      const state = states.peek(product);
      if (!state) return -1;
      const { epoch, watermark } = state.orders.chains;
      const { lostChains: lost } = state;
      return lost !== null && lost.epoch === epoch ? Math.min(watermark, lost.from - 1) : watermark;
    },
    lostAlerts(product) {
      const state = states.peek(product);
      const [oldest] = state?.alerts.all() ?? [];
      return (state?.lostAlerts ?? []).filter(({ epoch, to }) => epoch === oldest?.epoch && to > oldest.seq);
    },
    order: (stream, product) => states.peek(product)?.orders[stream] ?? null,
  };
}

function toPriceUpdate(tick: EnrichedTick): PriceUpdate {
  return {
    product: tick.product,
    price: tick.price,
    change: tick.change,
    change_pct: tick.change_pct,
    timestamp: isoTime(tick.timestamp),
    epoch: tick.epoch,
    seq: tick.seq,
    source: tick.source,
    quality: tick.quality,
  };
}

export interface StreamListener {
  onLate(topic: string): void;
  onMalformed(topic: string, position: Position, reason: string): void;
}

/**
 * Brings everything that is published from now on into the state; a malformed frame is left out. `follows` gets
 * each subscription as soon as there is one, so that it can be stopped although another fails.
 */
export async function followStreams(
  bus: Bus,
  state: Pick<MarketState, 'acceptTick' | 'acceptChain' | 'acceptSurface' | 'acceptAlert' | 'chainMemory'>,
  follows: Subscription[],
  listener: StreamListener,
  /** Products that another source gives meanwhile: what comes of them here is left out. */
  elsewhere: ReadonlySet<string> = new Set(),
): Promise<void> {
  const follow = async <T extends { readonly product: string | null }>(
    { name }: Topic<T>,
    decode: (frame: Uint8Array) => T,
    accept: (message: T) => boolean,
  ): Promise<void> => {
    const followed = await bus.follow(name, 'latest', ({ frame, position }) => {
      try {
        const message = decode(frame);
        const isElsewhere = message.product !== null && elsewhere.has(message.product);
        if (!isElsewhere && !accept(message)) listener.onLate(name);
      } catch (error) {
        listener.onMalformed(name, position, reasonOf(error));
      }
    });
    follows.push(followed);
  };
  const inChainMemory = (frame: Uint8Array) => ENRICHED_CHAINS.frames.decode(frame, state.chainMemory);
  await follow(ENRICHED_TICKS, ENRICHED_TICKS.frames.decode, state.acceptTick);
  await follow(ENRICHED_CHAINS, inChainMemory, state.acceptChain);
  await follow(ENRICHED_SURFACES, ENRICHED_SURFACES.frames.decode, state.acceptSurface);
  await follow(ALERTS, ALERTS.frames.decode, state.acceptAlert);
}
