import {
  type EnrichedChain,
  EXPORTED_TABLES,
  type ExportKind,
  type ExportOrder,
  MAX_SLICE_ROWS,
  SIDES,
} from '@deltastream/contracts';
import { createChainCodec } from '@deltastream/contracts/codec';
import { DeltaStreamError } from '../../../kit/errors.ts';
import type { MarketReader, StoredExpiry } from '../../../ports/stores/market/market-store.ts';
import { type Given, tableOf } from './column-table.ts';
import type { Slice, SliceChain } from './encoding-worker.ts';
import { formatOf } from './export-order.ts';
import { rowOrderOf } from './formats/table-writer.ts';

/** The time of a slice that chains are read with first; it follows what is found. */
const FIRST_SPAN_MS = 300_000;
/** Rows that are read at a time: what is read too much is little. */
const ROWS_READ = 40_000;
/** Rows of one expiry in a slice: their chains are decoded together. */
const ROWS_OF_SERIES = 200_000;
/** Rows of a slice that is in order of time, beyond those of what was read last. */
const ROWS_IN_TIME = 8_192;

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * What an order asks for, in slices of at most about so many bytes, ascending in time; of summaries one expiry after the
 * other. Rejects with a permanent `unknown_expiry`, and as the store does.
 */
export async function* storeSlices(
  store: MarketReader,
  order: ExportOrder,
  sliceBytes: number,
): AsyncGenerator<Slice> {
  const { kind, product, interval = '1m' } = order;
  const range = { fromMs: Date.parse(order.from), toMs: Date.parse(order.to) };
  switch (kind) {
    case 'chains':
      return yield* chainSlices(store, order, await expiriesOf(store, order), range, sliceBytes);
    case 'summaries':
      for (const { expiry } of await expiriesOf(store, order)) {
        yield* pages(
          kind,
          range,
          (part) => store.summaries(product, expiry, part),
          ({ timestamp }) => timestamp,
          (point) => ({
            ...point,
            product,
            expiry: Date.parse(expiry),
          }),
        );
      }
      return;
    case 'ticks':
      return yield* pages(
        kind,
        range,
        (part) => store.ticks(product, part),
        ({ timestamp }) => timestamp,
        ({ timestamp, price, previousClose, currency, source }) => ({
          timestamp,
          product,
          price,
          previous_close: previousClose,
          currency,
          source,
        }),
      );
    case 'bars':
      return yield* pages(
        kind,
        range,
        (part) => store.bars(product, interval, part),
        ({ start }) => start,
        ({ start, open, high, low, close }) => ({
          start,
          product,
          interval,
          open,
          high,
          low,
          close,
        }),
      );
  }
}

/** Those that have something in the range, ascending. */
async function expiriesOf(
  store: MarketReader,
  { product, expiry, from, to }: ExportOrder,
): Promise<StoredExpiry[]> {
  const stored = await store.expiries(product);
  if (expiry !== undefined && !stored.some((each) => each.expiry === expiry)) {
    throw new DeltaStreamError('unknown_expiry', `${product} has no expiry ${expiry}`, { permanent: true });
  }
  return stored
    .filter(
      (each) =>
        (expiry === undefined || each.expiry === expiry) &&
        each.firstTimestamp < Date.parse(to) &&
        each.lastTimestamp >= Date.parse(from),
    )
    .toSorted((a, b) => (a.expiry < b.expiry ? -1 : 1));
}

/**
 * Chains of all expiries by spans of time, whose length follows what the last one held: one that holds too much is read
 * again in half of its time.
 */
async function* chainSlices(
  store: MarketReader,
  order: ExportOrder,
  expiries: readonly StoredExpiry[],
  { fromMs, toMs }: Range,
  sliceBytes: number,
): AsyncGenerator<Slice> {
  // Where a contract's rows need not lie together the next slice is read while a short one is encoded.
  const mostRows = rowOrderOf(formatOf(order)) === 'time' ? ROWS_IN_TIME : MAX_SLICE_ROWS;
  let span = FIRST_SPAN_MS;
  let chains: SliceChain[] = [];
  let bytes = 0;
  const rowsOf = new Map<string, number>();
  for (let at = fromMs; at < toMs; ) {
    const first = Math.min(
      ...expiries.map((each) => (each.lastTimestamp < at ? Number.POSITIVE_INFINITY : each.firstTimestamp)),
    );
    if (first >= toMs) break;
    at = Math.max(at, first);
    const part = { fromMs: at, toMs: Math.min(toMs, at + span) };
    const found = await chainsIn(store, order.product, expiries, part);
    if (found === null) {
      span = Math.max(1, Math.floor((part.toMs - part.fromMs) / 2));
      continue;
    }
    at = part.toMs;
    for (const chain of found) {
      chains.push(chain);
      bytes += chain.frame.length;
      rowsOf.set(chain.expiry, (rowsOf.get(chain.expiry) ?? 0) + chain.rows);
    }
    if (found.reduce((sum, { rows }) => sum + rows, 0) < ROWS_READ / 4) span *= 2;
    const rows = [...rowsOf.values()];
    const isShort = rows.reduce((sum, each) => sum + each, 0) < mostRows;
    if (bytes < sliceBytes && isShort && rows.every((each) => each < ROWS_OF_SERIES)) continue;
    yield { of: 'chains', chains };
    chains = [];
    bytes = 0;
    rowsOf.clear();
  }
  if (chains.length > 0) yield { of: 'chains', chains };
}

/** Null where they have more rows than are read at a time and come from more than one instant. */
async function chainsIn(
  store: MarketReader,
  product: string,
  expiries: readonly StoredExpiry[],
  range: Range,
): Promise<SliceChain[] | null> {
  const mayDivide = range.toMs - range.fromMs > 1;
  const chains: SliceChain[] = [];
  let rows = 0;
  const within = expiries.filter(
    ({ firstTimestamp, lastTimestamp }) => firstTimestamp < range.toMs && lastTimestamp >= range.fromMs,
  );
  const read = ({ expiry }: StoredExpiry) =>
    begun(store.snapshots(product, expiry, { ...range, limit: Number.MAX_SAFE_INTEGER }));
  // The next expiry is read while this one is encoded.
  let next = within.length > 0 ? read(within[0]) : null;
  try {
    for (const [i, { expiry }] of within.entries()) {
      const found = next as AsyncIterableIterator<EnrichedChain>;
      next = i + 1 < within.length ? read(within[i + 1]) : null;
      for await (const chain of found) {
        const { timestamp, columns } = chain;
        const most = SIDES.length * columns.count;
        chains.push({ product, expiry, timestamp, rows: most, frame: codec.encode(chain) });
        rows += most;
        if (rows > ROWS_READ && mayDivide) return null;
      }
    }
  } finally {
    await next?.return?.();
  }
  return together(chains);
}

/** The items, of which the first is asked for at once. */
function begun<T>(items: AsyncIterable<T>): AsyncIterableIterator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let first: Promise<IteratorResult<T>> | null = iterator.next();
  // Its failure is met when it is awaited.
  first.catch(() => undefined);
  return {
    next() {
      const item = first ?? iterator.next();
      first = null;
      return item;
    },
    async return() {
      await iterator.return?.();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Their frames in one piece of memory: each that moves to another thread by itself takes as long as encoding it. */
function together(chains: readonly SliceChain[]): SliceChain[] {
  const memory = new Uint8Array(chains.reduce((sum, { frame }) => sum + frame.length, 0));
  let end = 0;
  return chains.map((chain) => {
    memory.set(chain.frame, end);
    end += chain.frame.length;
    return { ...chain, frame: memory.subarray(end - chain.frame.length, end) };
  });
}

const codec = createChainCodec();

/** Page after page; the next one begins a millisecond after the last item of this one, as times are unique. */
async function* pages<T>(
  kind: ExportKind,
  { fromMs, toMs }: Range,
  read: (part: Range & { readonly limit: number }) => Promise<T[]>,
  timeOf: (item: T) => number,
  rowOf: (item: T) => Readonly<Record<string, Given>>,
): AsyncGenerator<Slice> {
  for (let from = fromMs; from < toMs; ) {
    const items = await read({ fromMs: from, toMs, limit: ROWS_READ });
    if (items.length === 0) return;
    yield { of: 'rows', table: tableOf(EXPORTED_TABLES[kind], items.map(rowOf)) };
    from = timeOf(items[items.length - 1]) + 1;
  }
}
