import {
  ALERTS,
  type Alert,
  ENRICHED_CHAINS,
  ENRICHED_SURFACES,
  ENRICHED_TICKS,
  type EnrichedChain,
  type EnrichedTick,
  isoTime,
  type PriceUpdate,
  type StoredInterval,
  type SurfaceFit,
  type SurfaceUpdate,
  type Topic,
} from '@deltastream/contracts';
import { LRUCache } from 'lru-cache';
import { reasonOf } from '../../../kit/errors.ts';
import type { Bus, Position, Subscription } from '../../../ports/bus.ts';
import { createLiveBars, type LiveBars } from './live-bars.ts';
import {
  createHistory,
  createStreamOrder,
  type History,
  type LostRange,
  type StreamOrder,
} from './numbered-stream.ts';
import { createTrackedChain, type IsStale, type TrackedChain } from './tracked-chain.ts';

/** The newest state of everything that can be followed, in memory and bounded. Written by the bus alone. */
export interface MarketState {
  /**
   * Each takes a message; false for one that is not new here: a repetition, or older than what is shown. A
   * picture that was once shown does not go back.
   */
  acceptTick(tick: EnrichedTick): boolean;
  acceptChain(chain: EnrichedChain): boolean;
  acceptSurface(surface: SurfaceFit): boolean;
  acceptAlert(alert: Alert): boolean;
  /** Who is told of every change from now on; one listener. */
  listen(listener: MarketListener): void;
  /** Declares what did not come in time lost, and tells the listener. */
  expire(): void;
  /**
   * Joins the ticks and chains of a product anew, wherever their numbering is: another source gives them from now on. What
   * the one before gave of prices, bars, chains and the surface is forgotten: it is of another time.
   */
  rejoin(product: string): void;
  knows(product: string): boolean;
  products(): string[];
  price(product: string): PriceUpdate | null;
  prices(product: string): History<PriceUpdate> | null;
  bars(product: string): LiveBars | null;
  chain(product: string, expiry: string): TrackedChain | null;
  /** Expiries with a chain, ascending. */
  expiries(product: string): string[];
  surface(product: string): SurfaceUpdate | null;
  alerts(product: string): History<ProductAlert> | null;
  /**
   * Every chain of a product up to this number has come, or was lost and a newer one of its expiry has come: what
   * somebody has who was shown the present state. -1 before the first.
   */
  chainsCompleteUpTo(product: string): number;
  /** What was lost among the alerts that are kept, the newest ranges at least. */
  lostAlerts(product: string): readonly LostRange[];
  /** The numbering of a product's ticks or chains; null before the first. */
  order(stream: Stream, product: string): StreamOrder | null;
}

export type Stream = 'ticks' | 'chains' | 'alerts';

/** What has a newer state. */
export type MarketChange =
  | { readonly type: 'product' | 'surface' | 'alerts'; readonly product: string }
  | { readonly type: 'bars'; readonly product: string; readonly bar: StoredInterval }
  | { readonly type: 'chain'; readonly product: string; readonly expiry: string };

/** An alert about a product, which has a room. */
export type ProductAlert = Alert & { readonly product: string };

/** Messages of a stream that did not come in time. */
export interface MarketLoss {
  readonly stream: Stream;
  readonly product: string;
  readonly range: LostRange;
}

export interface MarketListener {
  changed(change: MarketChange): void;
  priced(update: PriceUpdate): void;
  lost(loss: MarketLoss): void;
}

export interface MarketStateOptions {
  /** Known before their first message. */
  readonly products: readonly string[];
  readonly maxProducts: number;
  readonly maxChains: number;
  /** Prices and alerts that are kept per product for those who resume. */
  readonly historyLength: number;
  readonly gapWaitMs: number;
  /** Whether a chain that is shown should have been followed by another; without it none is. */
  readonly isStale?: IsStale;
  /** Monotonic milliseconds; the process's own clock by default. */
  readonly now?: () => number;
}

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
  /** Streams with a hole, so that looking for lost messages costs nothing when none is missing. */
  const incomplete = new Map<StreamOrder, { readonly stream: Stream; readonly product: string }>();
  const chains = new LRUCache<string, TrackedChain>({
    max: options.maxChains,
    dispose: ({ state: { chain } }) => void states.peek(chain.product)?.expiries.delete(chain.expiry),
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
    const chain = chains.peek(`${product}:${expiry}`)?.state.chain;
    return chain?.epoch === range.epoch && chain.seq > range.to;
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

    acceptChain(chain) {
      const { product, expiry } = chain;
      if (arrive('chains', product, chain) === 'stale') return false;
      const key = `${product}:${expiry}`;
      const tracked = chains.get(key);
      const held = tracked?.state.chain;
      // A late message may still be the newest of its own expiry.
      if (held && held.epoch === chain.epoch && chain.seq <= held.seq) return false;
      if (tracked) tracked.replace(chain);
      else chains.set(key, createTrackedChain(chain, options.isStale));
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

interface StreamListener {
  onLate(topic: string): void;
  onMalformed(topic: string, position: Position, reason: string): void;
}

/**
 * Brings everything that is published from now on into the state; a malformed frame is left out. `follows` gets
 * each subscription as soon as there is one, so that it can be stopped although another fails.
 */
export async function followStreams(
  bus: Bus,
  state: MarketState,
  follows: Subscription[],
  listener: StreamListener,
  /** Products that another source gives meanwhile: what comes of them here is left out. */
  elsewhere: ReadonlySet<string> = new Set(),
): Promise<void> {
  const follow = async <T extends { readonly product: string | null }>(
    { name, frames }: Topic<T>,
    accept: (message: T) => boolean,
  ): Promise<void> => {
    const followed = await bus.follow(name, 'latest', ({ frame, position }) => {
      try {
        const message = frames.decode(frame);
        const isElsewhere = message.product !== null && elsewhere.has(message.product);
        if (!isElsewhere && !accept(message)) listener.onLate(name);
      } catch (error) {
        listener.onMalformed(name, position, reasonOf(error));
      }
    });
    follows.push(followed);
  };
  await follow(ENRICHED_TICKS, state.acceptTick);
  await follow(ENRICHED_CHAINS, state.acceptChain);
  await follow(ENRICHED_SURFACES, state.acceptSurface);
  await follow(ALERTS, state.acceptAlert);
}
