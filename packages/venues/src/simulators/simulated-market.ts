import type { Source, SourceItem } from '@deltastream/recordings/source';
import { DAY_MS } from '@deltastream/reference';
import type { InstrumentId } from '../instrument.ts';
import { createMarketBoard, type MarketBoardOptions } from './market-board.ts';
import type { SimulatedMarket } from './simulator.ts';

export interface MarketOptions extends MarketBoardOptions {
  /**
   * The present, epoch ms: quotes are stamped with it, and expiries lie as many days later as it is after the source's
   * beginning. Without it instants and expiries are those of the source.
   */
  readonly now?: () => number;
}

/** A market that is told when to go on, or goes on by itself. */
export interface PlayedMarket extends SimulatedMarket {
  /** Instant of the source that is shown, epoch ms. */
  readonly instant: number;
  /** Goes on to the next instant of the source; false: it has no further one, and the market stands still. */
  step(): Promise<boolean>;
  /**
   * Goes on by itself, `speed` times as fast as the source. Resolves at the source's end or at `close`; rejects as the
   * source does.
   */
  play(speed: number): Promise<void>;
  /** Ends the playing and closes the source; idempotent. */
  close(): Promise<void>;
}

/** The first chains are complete when one comes again; of a source where none does, so many are enough. */
const MOST_FIRST_ITEMS = 10_000; // Expiries and underlyings of some hundred products.
/** A source that began so long ago still counts as one of the present. */
const PRESENT_MS = 3_600_000; // Less than the shortest life of an option that is listed.

/**
 * A source of chains as a market of single instruments: an option per contract, an underlying per product, and a future
 * where a chain names its price. What its first chains list is listed before this resolves; later ones add to it, and
 * contracts leave when they cease. What is held is bounded by the contracts that the source lists at one time. Rejects as
 * the source does.
 */
export async function marketOf(source: Source, options: MarketOptions): Promise<PlayedMarket> {
  const items = source[Symbol.asyncIterator]();
  const board = createMarketBoard(options);
  const followers = new Set<(ids: readonly InstrumentId[]) => void>();
  const closing = new AbortController();
  let ahead: SourceItem | null = null;
  let instant = 0;
  let daysLater = 0;
  let closed: Promise<void> | null = null;

  const present = () => options.now?.() ?? instant;

  /** The next item, which stays the next; null at the end. Rejected items are counted on the way. */
  async function peek(): Promise<Exclude<SourceItem, { kind: 'rejected' }> | null> {
    for (;;) {
      if (ahead !== null && ahead.kind !== 'rejected') return ahead;
      if (ahead !== null) board.reject(ahead.reason);
      const next = closing.signal.aborted ? { done: true as const, value: undefined } : await items.next();
      ahead = next.done ? null : next.value;
      if (ahead === null) return null;
    }
  }

  function show(item: Exclude<SourceItem, { kind: 'rejected' }>): void {
    ahead = null;
    instant = instantOf(item);
    if (item.kind === 'chain') board.showChain(item.chain, present(), daysLater);
    else board.showTick(item.tick, present());
  }

  function tell(): void {
    board.expire(present());
    const ids = board.takeChanged();
    if (ids.length > 0) for (const changed of [...followers]) changed(ids);
  }

  async function showFirst(): Promise<void> {
    const seen = new Set<string>();
    for (let item = await peek(); item !== null && seen.size < MOST_FIRST_ITEMS; item = await peek()) {
      if (seen.size === 0 && options.now !== undefined) {
        daysLater = Math.max(0, Math.ceil((options.now() - instantOf(item) - PRESENT_MS) / DAY_MS));
      }
      const key = item.kind === 'chain' ? `${item.chain.product} ${item.chain.expiry}` : item.tick.product;
      // Of ticks there may be many before the first chains.
      if (item.kind === 'chain' && seen.has(key)) break;
      seen.add(key);
      show(item);
    }
    tell();
  }

  async function step(): Promise<boolean> {
    const first = await peek();
    if (first === null) return false;
    const at = instantOf(first);
    for (let item = await peek(); item !== null && instantOf(item) <= at; item = await peek()) show(item);
    tell();
    return true;
  }

  async function play(speed: number): Promise<void> {
    const began = performance.now();
    const from = instant;
    for (let item = await peek(); item !== null && !closing.signal.aborted; item = await peek()) {
      const waitMs = (instantOf(item) - from) / speed - (performance.now() - began);
      await wait(Math.min(Math.max(waitMs, 0), LONGEST_TIMER_MS)); // Also where it is late: others get a turn.
      if (waitMs <= LONGEST_TIMER_MS && !closing.signal.aborted) await step();
    }
  }

  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const ended = () => {
        clearTimeout(timer);
        closing.signal.removeEventListener('abort', ended);
        resolve();
      };
      const timer = setTimeout(ended, ms);
      closing.signal.addEventListener('abort', ended);
    });

  await showFirst();
  return {
    get list() {
      return board.list();
    },
    get instant() {
      return instant;
    },
    quoteOf: board.quoteOf,
    follow: (changed) => {
      followers.add(changed);
      return () => followers.delete(changed);
    },
    step,
    play,
    close: () => {
      closed ??= (async () => {
        closing.abort();
        followers.clear();
        await source.close();
      })();
      return closed;
    },
  };
}

const instantOf = (item: Exclude<SourceItem, { kind: 'rejected' }>): number =>
  item.kind === 'chain' ? item.chain.timestamp : item.tick.timestamp;

/** Timers hold 31 bits of ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
