import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader, StoredExpiry, StoredTick } from '../../../ports/stores/market/market-store.ts';
import {
  instantsOf,
  type ReplayFigures,
  type ReplayItem,
  type ReplaySource,
  timeOf,
} from './replay-source.ts';

export interface StoredRange {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly products: readonly string[];
}

/** Ticks that are read at once: an hour of a tick a second is there in one read, and a page is below a megabyte. */
const TICK_PAGE = 4_000;

/** Streams that are merged, one of each expiry and product: each that is under way holds a page or two of the store. */
const MOST_STREAMS = 2_000;

interface Stream {
  /** Nothing in it is earlier, epoch ms: until then it is not opened. */
  readonly fromMs: number;
  readonly items: AsyncGenerator<ReplayItem>;
}

/**
 * A stored range, chains with the figures that are stored. Rejects with `no_data` where nothing is stored of the
 * products in the range, and with `invalid_request` where they have too many expiries to be merged.
 */
export async function storedSource(
  store: MarketReader,
  figures: Pick<ReplayFigures, 'enrichTick'>,
  { fromMs, toMs, products }: StoredRange,
): Promise<ReplaySource> {
  const expiries = new Map<string, readonly StoredExpiry[]>();
  for (const product of products) {
    const stored = await store.expiries(product);
    const inRange = stored.filter((each) => each.firstTimestamp < toMs && each.lastTimestamp >= fromMs);
    expiries.set(product, inRange);
  }
  const streams = [...expiries.values()].reduce((sum, each) => sum + each.length + 1, 0);
  if (streams > MOST_STREAMS) {
    throw new DeltaStreamError(
      'invalid_request',
      `the products have ${streams} expiries and prices in the range, at most ${MOST_STREAMS} are played: name fewer products or a shorter range`,
    );
  }
  const isEmpty = async (product: string) =>
    expiries.get(product)?.length === 0 &&
    (await store.ticks(product, { fromMs, toMs, limit: 1 })).length === 0;
  const empty = await Promise.all(products.map(isEmpty));
  const played = products.filter((_, i) => !empty[i]);
  if (played.length === 0) {
    throw new DeltaStreamError(
      'no_data',
      `nothing is stored of ${products.join() || 'any product'} from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`,
    );
  }

  const ticked = (tick: StoredTick): ReplayItem => ({ kind: 'tick', tick: figures.enrichTick(quoted(tick)) });

  async function* chainsOf(product: string, expiry: string, afterMs: number): AsyncGenerator<ReplayItem> {
    const range = { fromMs: afterMs, toMs, limit: Number.MAX_SAFE_INTEGER };
    for await (const chain of store.snapshots(product, expiry, range)) yield { kind: 'chain', chain };
  }

  async function* ticksOf(product: string, afterMs: number): AsyncGenerator<ReplayItem> {
    let next = afterMs;
    for (;;) {
      const page = await store.ticks(product, { fromMs: next, toMs, limit: TICK_PAGE });
      for (const tick of page) yield ticked(tick);
      const last = page.at(-1);
      if (last === undefined || page.length < TICK_PAGE) return;
      next = last.timestamp + 1;
    }
  }

  /** What held at an instant of the range. */
  async function* pictureAt(atMs: number, signal: AbortSignal): AsyncGenerator<ReplayItem> {
    for (const product of played) {
      const [tick] = await store.ticks(product, { fromMs, toMs: atMs + 1, limit: 1, take: 'last' });
      if (tick) yield ticked(tick);
      for (const { expiry, expiryAt } of expiries.get(product) ?? []) {
        // A picture is read of each expiry: a seek while that lasts need not wait for it.
        if (signal.aborted) return;
        const chain = expiryAt >= atMs ? await store.asOf(product, expiry, atMs) : null;
        if (chain !== null && chain.timestamp >= fromMs) yield { kind: 'chain', chain };
      }
    }
  }

  async function* items(atMs: number | null, signal: AbortSignal): AsyncGenerator<ReplayItem> {
    if (atMs !== null) yield* pictureAt(atMs, signal);
    const afterMs = atMs === null ? fromMs : atMs + 1;
    const streams = played.flatMap((product): Stream[] => [
      { fromMs: afterMs, items: ticksOf(product, afterMs) },
      ...(expiries.get(product) ?? []).map(({ expiry, firstTimestamp }) => ({
        fromMs: Math.max(afterMs, firstTimestamp),
        items: chainsOf(product, expiry, afterMs),
      })),
    ]);
    yield* merged(streams, signal);
  }

  return {
    recording: null,
    products: played,
    fromMs,
    toMs,
    open: (atMs, signal) => instantsOf(items(atMs, signal), atMs),
  };
}

/**
 * Streams in time order as one; ticks of an instant before its chains, as they were given. In a long range the expiries come and
 * go: only those of the time that is reached are open.
 */
async function* merged(streams: readonly Stream[], signal: AbortSignal): AsyncGenerator<ReplayItem> {
  const waiting = streams.map((stream, place) => ({ ...stream, place }));
  waiting.sort((a, b) => b.fromMs - a.fromMs || b.place - a.place);
  const heads: { item: ReplayItem; readonly place: number; readonly rest: AsyncGenerator<ReplayItem> }[] = [];
  type Head = (typeof heads)[number];
  const isEarlier = (a: Head, b: Head) => (timeOf(a.item) - timeOf(b.item) || a.place - b.place) < 0;
  try {
    while (!signal.aborted) {
      const next = waiting.at(-1);
      let head: Head | undefined = heads[0];
      for (const each of heads) if (isEarlier(each, head)) head = each;
      if (next && (head === undefined || next.fromMs <= timeOf(head.item))) {
        waiting.pop();
        const { value, done } = await next.items.next();
        if (!done) heads.push({ item: value, place: next.place, rest: next.items });
        continue;
      }
      if (head === undefined) return;
      yield head.item;
      const { value, done } = await head.rest.next();
      if (done) heads.splice(heads.indexOf(head), 1);
      else head.item = value;
    }
  } finally {
    await Promise.all(streams.map(({ items }) => items.return(undefined)));
  }
}

const quoted = ({ product, timestamp, epoch, seq, source, currency, price, previousClose }: StoredTick) => ({
  ...{ product, timestamp, epoch, seq, source, currency, price },
  previous_close: previousClose,
  quality: [],
});
